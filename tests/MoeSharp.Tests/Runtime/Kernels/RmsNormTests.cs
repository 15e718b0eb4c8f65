using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class RmsNormTests
{
    private enum Into
    {
        Nothing,
        TheResidual,
        TheGradient,
    }

    private const double Eps = 1e-5;
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(65, 63)]
    [InlineData(17, 64)]
    [InlineData(2, 1025)]
    public void ForwardIsTheFormula(int tokens, int dim)
    {
        using var x = Blocks.Random<double>(tokens, dim, 1);
        using var weight = Blocks.Random<double>(1, dim, 2);
        using var y = new Block<double>(tokens, dim);
        using var rstd = new Block<double>(1, tokens);
        RmsNorm.Forward<double, double>(s_workers, x, weight, Eps, y, rstd);
        var expected = Reference(x.ToArray(), weight.ToArray(), tokens, dim);
        Numbers.Close(expected, y.ToArray(), Numbers.Exact);

        using var x32 = Blocks.Random<float>(tokens, dim, 1);
        using var weight32 = Blocks.Random<float>(1, dim, 2);
        using var y32 = new Block<float>(tokens, dim);
        using var rstd32 = new Block<float>(1, tokens);
        RmsNorm.Forward<float, float>(s_workers, x32, weight32, Eps, y32, rstd32);
        Numbers.Close(expected, y32.ToArray().Widen(), Numbers.Single);
        Numbers.Close(rstd.ToArray(), rstd32.ToArray().Widen(), Numbers.Single);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(65, 17)]
    public void AddForwardNormalisesTheSum(int tokens, int dim)
    {
        using var x = Blocks.Random<double>(tokens, dim, 1);
        using var delta = Blocks.Random<double>(tokens, dim, 2);
        using var weight = Blocks.Random<double>(1, dim, 3);
        using var sum = new Block<double>(tokens, dim);
        using var y = new Block<double>(tokens, dim);
        using var rstd = new Block<double>(1, tokens);
        RmsNorm.AddForward<double, double>(s_workers, x, delta, weight, Eps, sum, y, rstd);
        var expected = x.ToArray().Zip(delta.ToArray(), (a, b) => a + b).ToArray();
        Assert.Equal(expected, sum.ToArray());
        Numbers.Close(Reference(expected, weight.ToArray(), tokens, dim), y.ToArray(), Numbers.Exact);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(65, 3)]
    public void BackwardIsTheDerivative(int tokens, int dim)
    {
        using var x = Blocks.Random<double>(tokens, dim, 1);
        using var weight = Blocks.Random<double>(1, dim, 2);
        using var dy = Blocks.Random<double>(tokens, dim, 3);
        using var y = new Block<double>(tokens, dim);
        using var rstd = new Block<double>(1, tokens);
        double Loss()
        {
            RmsNorm.Forward<double, double>(s_workers, x, weight, Eps, y, rstd);
            return Numbers.Inner(y, dy);
        }

        var dxExpected = Numbers.Gradient(x, Loss);
        var dWeightExpected = Numbers.Gradient(weight, Loss);
        Loss();
        using var dx = new Block<double>(tokens, dim);
        using var dWeight = new Block<double>(1, dim);
        RmsNorm.Backward<double, double, double>(s_workers, dy, x, weight, rstd, residual: default, dx, dWeight);
        Numbers.Close(dxExpected, dx.ToArray(), Numbers.Difference);
        Numbers.Close(dWeightExpected, dWeight.ToArray(), Numbers.Difference);

        // Both accumulate: a second call doubles them.
        RmsNorm.Backward<double, double, double>(s_workers, dy, x, weight, rstd, residual: dx, dx, dWeight);
        Numbers.Close(dxExpected.Select(g => 2 * g), dx.ToArray(), Numbers.Difference);
        Numbers.Close(dWeightExpected.Select(g => 2 * g), dWeight.ToArray(), Numbers.Difference);
    }

    [Fact]
    public void BackwardInFloatIsThatInDoubleAndTheSameAtAnyWorkerCount()
    {
        const int Tokens = 257, Dim = 65;
        using var x = Blocks.Random<double>(Tokens, Dim, 1);
        using var weight = Blocks.Random<double>(1, Dim, 2);
        using var dy = Blocks.Random<double>(Tokens, Dim, 3);
        using var y = new Block<double>(Tokens, Dim);
        using var rstd = new Block<double>(1, Tokens);
        using var dx = new Block<double>(Tokens, Dim);
        using var dWeight = new Block<double>(1, Dim);
        RmsNorm.Forward<double, double>(s_workers, x, weight, Eps, y, rstd);
        RmsNorm.Backward<double, double, double>(s_workers, dy, x, weight, rstd, residual: default, dx, dWeight);
        float[] Run()
        {
            using var x32 = Blocks.Random<float>(Tokens, Dim, 1);
            using var weight32 = Blocks.Random<float>(1, Dim, 2);
            using var dy32 = Blocks.Random<float>(Tokens, Dim, 3);
            using var y32 = new Block<float>(Tokens, Dim);
            using var rstd32 = new Block<float>(1, Tokens);
            using var dx32 = new Block<float>(Tokens, Dim);
            using var dWeight32 = new Block<float>(1, Dim);
            RmsNorm.Forward<float, float>(s_workers, x32, weight32, Eps, y32, rstd32);
            RmsNorm.Backward<float, float, float>(s_workers, dy32, x32, weight32, rstd32, residual: default, dx32, dWeight32);
            return [.. dx32.ToArray(), .. dWeight32.ToArray()];
        }

        Numbers.Close([.. dx.ToArray(), .. dWeight.ToArray()], Run().Widen(), Numbers.Single);
        Numbers.SameBits(Run);
    }

    // The same bits: the sum of a token is that of ScatterSum, wherever it goes from there.
    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(65, 2, 17)]
    [InlineData(130, 3, 128)]
    public void ScatterBackwardIsBackwardOfTheScatteredSum(int tokens, int slots, int dim)
    {
        using var chosen = Blocks.Integers(tokens, slots, 1, -1, 5);
        var plan = new DispatchPlan();
        plan.Build(chosen, 5);
        using var rows = Blocks.Random<float>(tokens * slots, dim, 2);
        using var x = Blocks.Random<float>(tokens, dim, 3);
        using var weight = Blocks.Random<float>(1, dim, 4);
        using var rstd = Blocks.Random<float>(1, tokens, 5);
        float[] Run(bool fused, Into into)
        {
            using var dy = Blocks.Random<float>(tokens, dim, 6);
            using var dx = Blocks.Random<float>(tokens, dim, 7);
            using var dWeight = Blocks.Random<float>(1, dim, 8);
            Matrix<float> residual = into == Into.Nothing ? default(Matrix<float>) : dx;
            Matrix<float> target = into == Into.TheGradient ? dy : dx;
            if (fused)
            {
                RmsNorm.ScatterBackward<float, float, float, float>(s_workers, dy, rows, plan, x, weight, rstd, residual, target, dWeight);
            }
            else
            {
                Experts.ScatterSum<float, float>(s_workers, rows, plan, dy, accumulate: true);
                RmsNorm.Backward<float, float, float>(s_workers, dy, x, weight, rstd, residual, target, dWeight);
            }

            return [.. (into == Into.TheGradient ? dy : dx).ToArray(), .. dWeight.ToArray()];
        }

        Assert.All(Enum.GetValues<Into>(), into => Assert.Equal(Run(fused: false, into), Run(fused: true, into)));
        Numbers.SameBits(() => Run(fused: true, Into.TheResidual));

        // In another's memory the sum is the same.
        Assert.Equal(Run(fused: true, Into.TheResidual), Run(fused: true, Into.TheGradient));
    }

    [Fact]
    public void TooFewRowsForAPlanAreNamed()
    {
        using var chosen = Blocks.Integers(4, 2, 1, 0, 3);
        var plan = new DispatchPlan();
        plan.Build(chosen, 3);
        using var x = new Block<float>(4, 3);
        using var rows = new Block<float>(7, 3);
        using var weight = new Block<float>(1, 3);
        using var rstd = new Block<float>(1, 4);
        var failure = Assert.Throws<ArgumentException>(
            () => RmsNorm.ScatterBackward<float, float, float, float>(s_workers, x, rows, plan, x, weight, rstd, residual: default, x, weight));
        Assert.StartsWith("RmsNorm.ScatterBackward: rows is [7, 3], but the plan has 8 rows", failure.Message);
    }

    [Fact]
    public void AWrongShapeNamesTheKernelAndBothShapes()
    {
        using var x = new Block<float>(2, 3);
        using var weight = new Block<float>(1, 4);
        using var rstd = new Block<float>(1, 2);
        var failure = Assert.Throws<ArgumentException>(() => RmsNorm.Forward<float, float>(s_workers, x, weight, Eps, x, rstd));
        Assert.StartsWith("RmsNorm.Forward: weight is [1, 4] but must be [1, 3]", failure.Message);
    }

    private static double[] Reference(double[] x, double[] weight, int tokens, int dim)
    {
        var y = new double[x.Length];
        for (var t = 0; t < tokens; t++)
        {
            var mean = Enumerable.Range(0, dim).Sum(i => x[(t * dim) + i] * x[(t * dim) + i]) / dim;
            for (var i = 0; i < dim; i++)
            {
                y[(t * dim) + i] = x[(t * dim) + i] / Math.Sqrt(mean + Eps) * weight[i];
            }
        }

        return y;
    }
}
