using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class RopeTests
{
    private const double Theta = 10000;
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(2, 1, 1, 2)]
    [InlineData(3, 17, 3, 6)]
    [InlineData(1, 65, 2, 32)]
    [InlineData(1, 63, 1, 130)]
    public void ForwardIsTheFormulaAndBackwardItsInverse(int batch, int sequence, int heads, int headDim)
    {
        var tokens = batch * sequence;
        using var x = Blocks.Random<double>(tokens, heads * headDim, 1);
        var expected = new double[tokens * heads * headDim];
        for (var at = 0; at < expected.Length; at++)
        {
            var (token, column) = (at / (heads * headDim), at % (heads * headDim));
            var (start, i) = (column / headDim * headDim, column % headDim);
            var half = headDim / 2;
            var angle = token % sequence * Math.Pow(Theta, -2.0 * (i % half) / headDim);
            var partner = i < half ? -x.View[token, start + i + half] : x.View[token, start + i - half];
            expected[at] = (x.View[token, column] * Math.Cos(angle)) + (partner * Math.Sin(angle));
        }

        Numbers.Close(expected, Turn<double>(tokens, heads, headDim, sequence), Numbers.Exact);
        Numbers.Close(expected, Turn<float>(tokens, heads, headDim, sequence).Widen(), Numbers.Single);

        // The rotation is orthogonal: its inverse is its transpose, which is the gradient.
        using var there = x.Clone();
        Rope.Forward<double>(s_workers, there, heads, headDim, sequence, Theta);
        Rope.Backward<double>(s_workers, there, heads, headDim, sequence, Theta);
        Numbers.Close(x.ToArray(), there.ToArray(), Numbers.Exact);
    }

    [Fact]
    public void BackwardIsTheDerivative()
    {
        using var x = Blocks.Random<double>(5, 12, 1);
        using var dy = Blocks.Random<double>(5, 12, 2);
        var expected = Numbers.Gradient(x, () =>
        {
            using var y = x.Clone();
            Rope.Forward<double>(s_workers, y, 2, 6, 5, Theta);
            return Numbers.Inner(y, dy);
        });
        Rope.Backward<double>(s_workers, dy, 2, 6, 5, Theta);
        Numbers.Close(expected, dy.ToArray(), Numbers.Difference);
    }

    [Fact]
    public void TheSameAtAnyWorkerCount() => Numbers.SameBits(() => Turn<float>(257, 3, 34, 257));

    [Fact]
    public void AnOddHeadIsRefused()
    {
        using var x = new Block<float>(2, 6);
        Assert.Contains("headDim is 3", Assert.Throws<ArgumentException>(() => Rope.Forward<float>(s_workers, x, 2, 3, 2, Theta)).Message);
    }

    private static T[] Turn<T>(int tokens, int heads, int headDim, int sequence)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var x = Blocks.Random<T>(tokens, heads * headDim, 1);
        Rope.Forward<T>(s_workers, x, heads, headDim, sequence, Theta);
        return x.ToArray();
    }
}
