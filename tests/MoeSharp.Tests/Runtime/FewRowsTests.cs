using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Products of a few rows, which read the weight where it lies: within rounding of the reference, and the bits of any other product.</summary>
public sealed class FewRowsTests
{
    // Around a register's width and a block's, beyond one piece of the depth, and depths that leave single steps.
    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(1, 8, 8)]
    [InlineData(2, 17, 33)]
    [InlineData(3, 15, 40)]
    [InlineData(4, 64, 1100)]
    [InlineData(5, 33, 7)]
    [InlineData(7, 250, 1)]
    [InlineData(8, 47, 513)]
    [InlineData(9, 48, 64)]
    public void ProductsOfAFewRowsAreWithinRounding(int m, int n, int k)
    {
        foreach (var accumulate in new[] { false, true })
        {
            Check<float>(m, n, k, accumulate);
            Check<double>(m, n, k, accumulate);
        }
    }

    [Theory]
    [InlineData(130, 300)]
    [InlineData(261, 1100)]
    [InlineData(20, 31)]
    public void ARowHasTheBitsItHasInALargeProduct(int n, int k)
    {
        RowsOfALargeProduct<float>(n, k);
        RowsOfALargeProduct<double>(n, k);
    }

    // Single rows of a product above, whose bits are those of the large one.
    [Fact]
    public void ALargeWeightIsReadAsFromMemoryByOneRow()
    {
        using var operands = new GemmOperands<float>(2, 261, 1100, transposeA: false, transposeB: true, seed: 3);
        Assert.True(FewRows<float>.Streams(operands.A.RowRange(0, 1), operands.B));
        Assert.False(FewRows<float>.Streams(operands.A, operands.B));
        Assert.False(FewRows<float>.Streams(operands.A.RowRange(0, 1), operands.B.ColumnRange(0, 130)));
    }

    [Theory]
    [InlineData(1, 515, 1024)]
    [InlineData(4, 300, 600)]
    public void AnyNumberOfWorkersGivesTheSameBits(int m, int n, int k)
    {
        using var operands = new GemmOperands<float>(m, n, k, transposeA: false, transposeB: true, seed: 3);
        Gemm.Multiply(operands.A, operands.B, operands.C);
        var alone = GemmOperands<float>.Read(operands.C);
        var count = Workers.Shared.Count;
        try
        {
            foreach (var workers in new[] { 1, 2, 3, 5 })
            {
                Workers.Shared.Count = workers;
                operands.C.Clear();
                Gemm.Multiply(Workers.Shared, operands.A, operands.B, operands.C);
                Assert.Equal(alone, GemmOperands<float>.Read(operands.C));
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    private static void Check<T>(int m, int n, int k, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var operands = new GemmOperands<T>(m, n, k, transposeA: false, transposeB: true, seed: m + n + k, gap: 5);
        var before = GemmOperands<T>.Read(operands.C);
        Gemm.Multiply(operands.A, operands.B, operands.C, accumulate);
        operands.CheckResult(accumulate ? before : null);
        operands.CheckGaps();
    }

    // Bit for bit: a token's logits are the same whether it came alone or with others.
    private static void RowsOfALargeProduct<T>(int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var operands = new GemmOperands<T>(70, n, k, transposeA: false, transposeB: true, seed: n + k, gap: 3);
        var start = operands.New(70, n);
        foreach (var accumulate in new[] { false, true })
        {
            Copy(start, operands.C);
            Gemm.Multiply(operands.A, operands.B, operands.C, accumulate);
            foreach (var (first, count) in new[] { (0, 1), (69, 1), (3, 2), (5, 3), (8, 4), (12, 6), (40, 8) })
            {
                var part = operands.New(count, n);
                Copy(start.RowRange(first, count), part);
                Gemm.Multiply(operands.A.RowRange(first, count), operands.B, part, accumulate);
                Assert.Equal(GemmOperands<T>.Read(operands.C.RowRange(first, count)), GemmOperands<T>.Read(part));
            }
        }
    }

    private static void Copy<T>(Matrix<T> from, Matrix<T> to)
        where T : unmanaged
    {
        for (var row = 0; row < from.Rows; row++)
        {
            from.Row(row).CopyTo(to.Row(row));
        }
    }
}
