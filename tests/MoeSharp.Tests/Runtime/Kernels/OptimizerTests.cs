using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class OptimizerTests
{
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(65, 17)]
    [InlineData(70001, 40003)]
    public void ThreeStepsArePyTorchs(int length, int decayCount)
    {
        var expected = Reference(length, decayCount);
        Numbers.Close(expected, Run<double>(length, decayCount), Numbers.Exact);
        Numbers.Close(expected, Run<float>(length, decayCount).Widen(), Numbers.Single);
    }

    [Fact]
    public void TheSameAtAnyWorkerCount() => Numbers.SameBits(() => Run<float>(70001, 40003));

    [Fact]
    public unsafe void TheGradientIsLeftOrZeroAsAsked()
    {
        float* memory = stackalloc float[4 * 17];
        FlatSpan<float> Part(int part) => new(memory + (17 * part), 17);
        new Span<float>(memory, 17 * 4).Fill(0.5f);
        FlatAdamW.Step(s_workers, Part(0), Part(1), Part(2), Part(3), 0, 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1, zeroGradient: false);
        Assert.All(new Span<float>(memory + 17, 17).ToArray(), value => Assert.Equal(0.5f, value));
        FlatAdamW.Step(s_workers, Part(0), Part(1), Part(2), Part(3), 0, 1e-3, 0.9, 0.999, 1e-8, 0, 2, 1, zeroGradient: true);
        Assert.All(new Span<float>(memory + 17, 17).ToArray(), value => Assert.Equal(0f, value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(200001)]
    public unsafe void TheNormIsTheRootOfTheSumOfSquares(int length)
    {
        using var x = Blocks.Random<float>(1, Math.Max(length, 1), 1);
        var expected = Math.Sqrt(x.ToArray().Take(length).Sum(value => (double)value * value));
        var norms = Array.Empty<float>();
        Numbers.SameBits(() => norms = [(float)GradientNorm.Compute(s_workers, new FlatSpan<float>(x.View.Pointer, length))]);
        Assert.Equal(expected, norms[0], 1e-6 * Math.Max(1, expected));
        using var x64 = Blocks.Random<double>(1, Math.Max(length, 1), 1);
        Assert.Equal(expected, GradientNorm.Compute(s_workers, new FlatSpan<double>(x64.View.Pointer, length)), Numbers.Exact * Math.Max(1, expected));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public unsafe void TheNormHidesNothing(float broken)
    {
        using var x = Blocks.Random<float>(1, 100003, 1);
        x.View[0, 100002] = broken;
        Assert.False(double.IsFinite(GradientNorm.Compute(s_workers, new FlatSpan<float>(x.View.Pointer, 100003))));
    }

    private static unsafe T[] Run<T>(int length, int decayCount)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var weights = Blocks.Random<T>(1, length, 1);
        using var m = new Block<T>(1, length);
        using var v = new Block<T>(1, length);
        for (var step = 1; step <= 3; step++)
        {
            using var gradient = Blocks.Random<T>(1, length, 1 + step);
            FlatSpan<T> Flat(Block<T> block) => new(block.View.Pointer, length);
            FlatAdamW.Step(
                s_workers, Flat(weights), Flat(gradient), Flat(m), Flat(v), decayCount, 1e-2, 0.9, 0.95, 1e-8, 0.1, step, 0.5, zeroGradient: true);
            Assert.Equal(-1, gradient.View.Row(0).IndexOfAnyExcept(T.Zero));
        }

        return weights.ToArray();
    }

    // torch.optim.AdamW, single tensor, line by line.
    private static double[] Reference(int length, int decayCount)
    {
        using var weights = Blocks.Random<double>(1, length, 1);
        var p = weights.ToArray();
        var (m, v) = (new double[length], new double[length]);
        for (var step = 1; step <= 3; step++)
        {
            using var gradient = Blocks.Random<double>(1, length, 1 + step);
            var g = gradient.ToArray();
            for (var i = 0; i < length; i++)
            {
                g[i] *= 0.5;
                p[i] *= i < decayCount ? 1 - (1e-2 * 0.1) : 1;
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.95 * v[i]) + (0.05 * g[i] * g[i]);
                var denominator = (Math.Sqrt(v[i]) / Math.Sqrt(1 - Math.Pow(0.95, step))) + 1e-8;
                p[i] -= 1e-2 / (1 - Math.Pow(0.9, step)) * m[i] / denominator;
            }
        }

        return p;
    }
}
