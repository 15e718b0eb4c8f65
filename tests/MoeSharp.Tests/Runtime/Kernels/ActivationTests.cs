using System.Numerics;
using System.Runtime.Intrinsics;
using MoeSharp.Runtime;
using Xunit;
using Gelu = MoeSharp.Runtime.Gelu;
using Relu = MoeSharp.Runtime.Relu;
using SwiGlu = MoeSharp.Runtime.SwiGlu;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>Activations of two-matrix experts and biases: values, gradients, widths that are no multiple of a vector.</summary>
[Collection("Workers")]
public class ActivationTests
{
    private static readonly Workers s_workers = Workers.Shared;

    /// <summary>erf, from tables (Abramowitz and Stegun, 7.1), and its symmetry.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0.1124629160182849)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(0.999, 0.8422852702064969)]
    [InlineData(1, 0.8427007929497149)]
    [InlineData(1.5, 0.9661051464753108)]
    [InlineData(2, 0.9953222650189527)]
    [InlineData(3, 0.9999779095030014)]
    [InlineData(4, 0.9999999845827421)]
    [InlineData(7.9, 1)]
    [InlineData(1e10, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    public void TheErrorFunctionIsThatOfTheTables(double z, double erf)
    {
        Assert.Equal(erf, ErrorFunction.Of(Vector512.Create(z)).Erf[0], 1e-15);
        Assert.Equal(-erf, ErrorFunction.Of(Vector512.Create(-z)).Erf[7], 1e-15);
        Assert.Equal(erf, ErrorFunction.Of(Vector512.Create((float)z)).Erf[0], 2e-7f);
        Assert.Equal(-erf, ErrorFunction.Of(Vector512.Create((float)-z)).Erf[15], 2e-7f);
    }

    /// <summary>Against Maclaurin's series summed in decimal, everywhere where it converges quickly.</summary>
    [Fact]
    public void TheErrorFunctionIsItsSeries()
    {
        for (var step = -300; step <= 300; step++)
        {
            var z = step / 100.0;
            var expected = Series(z);
            Assert.Equal(expected, ErrorFunction.Of(Vector512.Create(z)).Erf[3], 1e-14);
            Assert.Equal(Series((float)z), ErrorFunction.Of(Vector512.Create((float)z)).Erf[3], 2e-7f);
        }
    }

    [Fact]
    public void NaNIsNotHidden()
    {
        Assert.True(double.IsNaN(ErrorFunction.Of(Vector512.Create(double.NaN)).Erf[0]));
        Assert.True(float.IsNaN(Gelu.Value(Vector512.Create(float.NaN))[0]));
        Assert.True(float.IsNaN(Relu.Value(Vector512.Create(float.NaN))[0]));
    }

    /// <summary>By hand: gelu(1) = Φ(1) = 0.84134475 and gelu(−1) = −Φ(−1) = −0.15865525; the form with tanh would give 0.84119 and −0.15881.</summary>
    [Fact]
    public void ValuesByHand()
    {
        Assert.Equal([0.8413447460685429, -0.15865525393145707, 0], Forward<Gelu, double>([1, -1, 0]), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal([2.5, 0, 0], Forward<Relu, double>([2.5, -1, 0]));
    }

    /// <summary>By hand: gelu′(1) = Φ(1) + φ(1) = 0.84134475 + 0.24197072, gelu′(0) = 1/2; relu′(0) = 0 as in PyTorch.</summary>
    [Fact]
    public void SlopesByHand()
    {
        Assert.Equal([1.0833154705876864, 0.5], Slopes<Gelu>([1, 0]), (a, b) => Math.Abs(a - b) < 1e-15);
        Assert.Equal([1, 0, 0], Slopes<Relu>([1e-30, 0, -1]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(65, 63)]
    [InlineData(17, 64)]
    [InlineData(300, 65)]
    public void WithABiasTheSumIsLeftInPlace(int rows, int width)
    {
        Check<Gelu>(rows, width);
        Check<Relu>(rows, width);
    }

    [Theory]
    [InlineData(3, 17)]
    [InlineData(65, 40)]
    public void SwiGluWithABiasIsSwiGluOfTheSum(int rows, int width)
    {
        using var z = Blocks.Random<float>(rows, 2 * width, 1, 3);
        using var bias = Blocks.Random<float>(1, 2 * width, 2);
        using var sum = new Block<float>(rows, 2 * width, (row, column) => z.View[row, column] + bias.View[0, column]);
        using var y = new Block<float>(rows, width);
        using var expected = new Block<float>(rows, width);
        SwiGlu.Forward<float>(s_workers, z, y, bias);
        SwiGlu.Forward<float>(sum, expected);
        Assert.Equal(expected.ToArray(), y.ToArray());
        Assert.Equal(sum.ToArray(), z.ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 65)]
    public void BackwardIsTheDerivative(int rows, int width)
    {
        using var x = Blocks.Random<double>(rows, width, 1, 3);
        using var dY = Blocks.Random<double>(rows, width, 2);
        using var y = new Block<double>(rows, width);
        using var dX = new Block<double>(rows, width);
        var expected = Numbers.Gradient(x, () =>
        {
            Activation<Gelu>.Forward<double>(x, y);
            return Numbers.Inner(y, dY);
        });
        Activation<Gelu>.Backward<double>(s_workers, dY, x, dX);
        Numbers.Close(expected, dX.ToArray(), Numbers.Difference);
        Activation<Gelu>.Backward<double>(s_workers, dY, x, dY);
        Assert.Equal(dX.ToArray(), dY.ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(70, 33)]
    public void ABiasIsAddedToEveryRowAndItsGradientIsTheirSum(int rows, int width)
    {
        using var x = Blocks.Random<double>(rows, width, 1);
        using var bias = Blocks.Random<double>(1, width, 2);
        using var gradient = Blocks.Random<double>(1, width, 3);
        double[] sums = [.. Enumerable.Range(0, width).Select(column => gradient.View[0, column] + Enumerable.Range(0, rows).Sum(row => x.View[row, column]))];
        double[] added = [.. Enumerable.Range(0, rows).SelectMany(row => Enumerable.Range(0, width).Select(column => x.View[row, column] + bias.View[0, column]))];
        Bias.Gradient<double, double>(s_workers, x, gradient);
        Bias.Add<double, double>(s_workers, x, bias);
        Numbers.Close(sums, gradient.ToArray(), Numbers.Exact);
        Assert.Equal(added, x.ToArray());
    }

    [Fact]
    public void ABiasOfAnotherWidthIsRefused()
    {
        using var x = new Block<float>(2, 5);
        using var y = new Block<float>(2, 5);
        using var bias = new Block<float>(1, 4);
        Assert.Throws<ArgumentException>(() => Activation<Gelu>.Forward<float>(x, y, bias));
        Assert.Throws<ArgumentException>(() => Bias.Add<float, float>(x, bias));
        Assert.Throws<ArgumentException>(() => SwiGlu.Forward<float>(x, y, bias));
    }

    /// <summary>The sums of an expert's rows are cut by shape alone; an expert without a token keeps its gradient.</summary>
    [Fact]
    public void ExpertsBiasGradientsAreSumsAtAnyWorkerCount()
    {
        using var chosen = new Block<int>(40, 2, (token, slot) => slot == 0 ? token % 2 : 3);
        using var weights = Blocks.Random<float>(40, 2, 4);
        using var rows = Blocks.Random<float>(80, 37, 5);
        var plan = new DispatchPlan();
        plan.Build(chosen, 4);
        float[] Run()
        {
            using var plain = new Block<float>(4, 37, (_, _) => 1);
            using var weighted = new Block<float>(4, 37);
            ExpertsBias.Gradient<float, float>(s_workers, plan, new ExpertRange(0, 4), rows, plain);
            ExpertsBias.Gradient<float, float, float>(s_workers, plan, new ExpertRange(0, 4), rows, weights, weighted);
            return [.. plain.ToArray(), .. weighted.ToArray()];
        }

        var result = Run();
        Numbers.SameBits(Run);
        for (var expert = 0; expert < 4; expert++)
        {
            var own = Enumerable.Range(plan.Offsets[expert], plan.Offsets[expert + 1] - plan.Offsets[expert]).ToArray();
            var expected = Enumerable.Range(0, 37).Select(column => 1 + own.Sum(row => (double)rows.View[row, column]));
            Numbers.Close(expected, result.Skip(expert * 37).Take(37).Widen(), Numbers.Single);
            expected = Enumerable.Range(0, 37).Select(column => own.Sum(row => (double)weights.View[plan.RowToken[row], plan.RowSlot[row]] * rows.View[row, column]));
            Numbers.Close(expected, result.Skip((4 + expert) * 37).Take(37).Widen(), Numbers.Single);
        }

        Assert.All(result.Skip(2 * 37).Take(37), value => Assert.Equal(1, value));

        // One expert after the other, the rows of each in the same place.
        using var plain = new Block<float>(4, 37, (_, _) => 1);
        using var weighted = new Block<float>(4, 37);
        for (var expert = 0; expert < 4; expert++)
        {
            var first = plan.Offsets[expert];
            using var turn = new Block<float>(80, 37, (row, column) => row >= 5 && first + row - 5 < 80 ? rows.View[first + row - 5, column] : float.NaN);
            ExpertsBias.Gradient<float, float>(s_workers, plan, new ExpertRange(expert, 1) { Place = 5 }, turn, plain);
            ExpertsBias.Gradient<float, float, float>(s_workers, plan, new ExpertRange(expert, 1) { Place = 5 }, turn, weights, weighted);
        }

        Assert.Equal(result.AsEnumerable(), [.. plain.ToArray(), .. weighted.ToArray()]);
    }

    /// <summary>By hand, two numbers a row: x = (1, −2), z = 0, so σ = 1/2: y = (½, −1); with dY = (4, 1): dX = (2, ½), dZ = (4 − 2)/4 = ½.</summary>
    [Fact]
    public void TheSharedGateByHand()
    {
        using var x = new Block<double>(1, 2, (_, column) => column == 0 ? 1 : -2);
        using var z = new Block<double>(1, 1);
        using var dY = new Block<double>(1, 2, (_, column) => column == 0 ? 4 : 1);
        using var y = new Block<double>(1, 2);
        using var dX = new Block<double>(1, 2);
        using var dZ = new Block<double>(1, 1);
        SharedGate.Forward<double>(s_workers, x, z, y);
        SharedGate.Backward<double>(s_workers, dY, x, z, dX, dZ);
        Assert.Equal([0.5, -1], y.ToArray());
        Assert.Equal([2, 0.5], dX.ToArray());
        Assert.Equal([0.5], dZ.ToArray());
    }

    private static void Check<TFunction>(int rows, int width)
        where TFunction : struct, IActivation
    {
        using var x = Blocks.Random<float>(rows, width, 1, 3);
        using var bias = Blocks.Random<float>(1, width, 2);
        using var wide = new Block<double>(rows, width, (row, column) => x.View[row, column] + bias.View[0, column]);
        using var y = new Block<float>(rows, width);
        using var expected = new Block<double>(rows, width);
        Activation<TFunction>.Forward<float>(s_workers, x, y, bias);
        Activation<TFunction>.Forward<double>(wide, expected);
        Assert.Equal(wide.ToArray().Select(value => (float)value), x.ToArray());
        Numbers.Close(expected.ToArray(), y.ToArray().Widen(), Numbers.Single);
    }

    private static T[] Forward<TFunction, T>(T[] values)
        where TFunction : struct, IActivation
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var x = new Block<T>(1, values.Length, (_, column) => values[column]);
        using var y = new Block<T>(1, values.Length);
        Activation<TFunction>.Forward<T>(x, y);
        return y.ToArray();
    }

    private static double[] Slopes<TFunction>(double[] values)
        where TFunction : struct, IActivation
    {
        using var x = new Block<double>(1, values.Length, (_, column) => values[column]);
        using var ones = new Block<double>(1, values.Length, (_, _) => 1);
        using var dX = new Block<double>(1, values.Length);
        Activation<TFunction>.Backward<double>(s_workers, ones, x, dX);
        return dX.ToArray();
    }

    /// <summary>2/√π·Σ (−1)ⁿ z^(2n+1)/(n!·(2n+1)), in decimal's 28 digits: terms grow to e^z², at most 8100, and the sum loses four of them.</summary>
    private static double Series(double z)
    {
        var (at, term, sum) = ((decimal)z, (decimal)z, (decimal)z);
        for (var n = 1; n < 100; n++)
        {
            term *= -at * at / n;
            sum += term / ((2 * n) + 1);
        }

        return (double)(sum * 1.1283791670955125738961589031m);
    }
}
