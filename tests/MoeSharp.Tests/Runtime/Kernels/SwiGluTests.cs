using System.Numerics;
using MoeSharp.Runtime;
using Xunit;
using SwiGlu = MoeSharp.Runtime.SwiGlu;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class SwiGluTests
{
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(65, 63)]
    [InlineData(17, 64)]
    [InlineData(300, 65)]
    public void ForwardIsTheFormula(int rows, int width)
    {
        using var gateUp = Blocks.Random<double>(rows, 2 * width, 1, 6);
        var expected = from row in Enumerable.Range(0, rows)
                       from i in Enumerable.Range(0, width)
                       let gate = gateUp.View[row, i]
                       select gate / (1 + Math.Exp(-gate)) * gateUp.View[row, width + i];
        Numbers.Close(expected, Forward<double>(rows, width, parallel: true), Numbers.Exact);
        Numbers.Close(expected, Forward<float>(rows, width, parallel: true).Widen(), Numbers.Single);
        Assert.Equal(Forward<float>(rows, width, parallel: true), Forward<float>(rows, width, parallel: false));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(2, 65)]
    public void BackwardIsTheDerivative(int rows, int width)
    {
        using var gateUp = Blocks.Random<double>(rows, 2 * width, 1, 6);
        using var dy = Blocks.Random<double>(rows, width, 2);
        using var y = new Block<double>(rows, width);
        var expected = Numbers.Gradient(gateUp, () =>
        {
            SwiGlu.Forward<double>(gateUp, y);
            return Numbers.Inner(y, dy);
        });
        Numbers.Close(expected, Backward<double>(rows, width), Numbers.Difference);
    }

    [Fact]
    public void BackwardInFloatIsThatInDoubleAndTheSameAtAnyWorkerCount()
    {
        Numbers.Close(Backward<double>(257, 65), Backward<float>(257, 65).Widen(), Numbers.Single);
        Numbers.SameBits(() => Backward<float>(257, 65));
    }

    [Fact]
    public void TheRecomputedActivationHasTheSameBitsAndMayReplaceTheGradient()
    {
        using var gateUp = Blocks.Random<float>(17, 2 * 65, 1, 6);
        using var dy = Blocks.Random<float>(17, 65, 2);
        using var dGateUp = new Block<float>(17, 2 * 65);
        SwiGlu.Backward<float>(dy, gateUp, dGateUp, dy);
        Assert.Equal(Backward<float>(17, 65), dGateUp.ToArray());
        Assert.Equal(Forward<float>(17, 65, parallel: true), dy.ToArray());
    }

    /// <summary>The same bits, at widths with a part of a vector too.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(17, 65)]
    [InlineData(300, 64)]
    public void TheGradientMayComeInTheLastColumnsOfWhatIsMade(int rows, int width)
    {
        CheckOverlapping<double>(rows, width, value => value);
        CheckOverlapping<float>(rows, width, value => (float)value);
        CheckOverlapping(rows, width, value => (BFloat16)(float)value);
    }

    [Theory]
    [InlineData(-1000, 0)]
    [InlineData(-90, 0)]
    [InlineData(1000, 1000)]
    [InlineData(double.NaN, double.NaN)]
    public void ExtremeGatesNeitherOverflowNorHideNaN(double gate, double silu)
    {
        using var gateUp = new Block<float>(1, 2, (_, column) => column == 0 ? (float)gate : 1);
        using var y = new Block<float>(1, 1);
        SwiGlu.Forward<float>(gateUp, y);

        // e^90 is no float: the exact value, −90·e^−90, is below 1e-36.
        Assert.Equal((float)silu, y.ToArray()[0], 1e-36f);
    }

    private static unsafe void CheckOverlapping<T>(int rows, int width, Func<double, T> of)
        where T : unmanaged
    {
        using var numbers = Blocks.Random<double>(rows, 3 * width, 1, 6);
        T[] Filled(int columns, Func<int, int, double> fill) =>
            [.. Enumerable.Range(0, rows).SelectMany(row => Enumerable.Range(0, columns).Select(column => of(fill(row, column))))];

        var dY = Filled(width, (row, column) => numbers.View[row, (2 * width) + column]);
        var gateUp = Filled(2 * width, (row, column) => numbers.View[row, column]);
        var expected = new T[rows * 2 * width];
        var actual = Filled(2 * width, (row, column) => column < width ? double.NaN : numbers.View[row, width + column]);
        fixed (T* upstream = dY, from = gateUp, apart = expected, overlapping = actual)
        {
            var dGateUp = new Matrix<T>(overlapping, rows, 2 * width);
            SwiGlu.Backward<T>(s_workers, new(upstream, rows, width), new(from, rows, 2 * width), new(apart, rows, 2 * width));
            SwiGlu.Backward(s_workers, dGateUp.ColumnRange(width, width), new(from, rows, 2 * width), dGateUp);
        }

        Assert.Equal(expected, actual);
    }

    private static T[] Forward<T>(int rows, int width, bool parallel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var gateUp = Blocks.Random<T>(rows, 2 * width, 1, 6);
        using var y = new Block<T>(rows, width);
        if (parallel)
        {
            SwiGlu.Forward<T>(s_workers, gateUp, y);
        }
        else
        {
            SwiGlu.Forward<T>(gateUp, y);
        }

        return y.ToArray();
    }

    private static T[] Backward<T>(int rows, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var gateUp = Blocks.Random<T>(rows, 2 * width, 1, 6);
        using var dy = Blocks.Random<T>(rows, width, 2);
        using var dGateUp = new Block<T>(rows, 2 * width);
        SwiGlu.Backward<T>(s_workers, dy, gateUp, dGateUp);
        return dGateUp.ToArray();
    }
}
