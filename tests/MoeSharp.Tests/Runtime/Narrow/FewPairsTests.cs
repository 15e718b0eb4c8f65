using System.Runtime.Intrinsics.X86;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Products of a few rows in bfloat16, which read the weight where it lies: within rounding of the reference, and the bits of any other product.</summary>
public sealed class FewPairsTests
{
    /// <summary>Around a register's width and a block's, beyond one piece of the depth, and depths that leave single pairs and half ones.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 16, 1 },
        { 1, 16, 2 },
        { 1, 17, 31 },
        { 2, 31, 32 },
        { 3, 33, 33 },
        { 4, 64, 34 },
        { 4, 47, 300 },
        { 1, 40, 1100 },
        { 2, 130, 2051 },
    };

    [AvxTheory]
    [MemberData(nameof(Shapes))]
    public void SumsAreExactOrWithinRounding(int m, int n, int k)
    {
        foreach (var isExact in new[] { true, false })
        {
            var (a, b, before) = isExact
                ? (GuardedMatrices.Integers(m * k, 1), GuardedMatrices.Integers(k * n, 2), GuardedMatrices.Integers(m * n, 3))
                : (GuardedMatrices.Fractions(m * k, 1), GuardedMatrices.Fractions(k * n, 2), GuardedMatrices.Fractions(m * n, 3));
            foreach (var accumulate in new[] { false, true })
            {
                var expected = new Reference(a, b, accumulate ? before : null, m, n, k);
                foreach (var gap in new[] { 0, 3 })
                {
                    Check<float>(expected, a, b, before, (m, n, k), gap, accumulate, isExact);
                    Check<BFloat16>(expected, a, b, before, (m, n, k), gap, accumulate, isExact);
                }
            }
        }
    }

    // Bit for bit: a token's logits are the same whether it came alone or with others.
    [PairTheory]
    [InlineData(130, 300)]
    [InlineData(61, 1101)]
    [InlineData(20, 31)]
    public void ARowHasTheBitsItHasInALargeProduct(int n, int k)
    {
        RowsOfALargeProduct<float>(n, k);
        RowsOfALargeProduct<BFloat16>(n, k);
    }

    [AvxTheory]
    [InlineData(1, 1111, 1024)]
    [InlineData(3, 300, 1600)]
    [InlineData(9, 700, 600)]
    public void AnyNumberOfWorkersGivesTheSameBits(int m, int n, int k)
    {
        using var memory = new GuardedMatrices();
        var a = memory.New<BFloat16>(GuardedMatrices.Fractions(m * k, 1), m, k);
        var b = memory.New<BFloat16>(GuardedMatrices.Fractions(k * n, 2), k, n, transposed: true);
        var c = memory.New<BFloat16>(new float[m * n], m, n);
        Gemm<BFloat16>.Multiply(a, b, c);
        var alone = GuardedMatrices.Read(c);
        Assert.True(new NarrowTasks<BFloat16, BFloat16, BFloat16>(a, b, c, false).Count > 1);
        var count = Workers.Shared.Count;
        try
        {
            foreach (var workers in new[] { 1, 2, 3, 5 })
            {
                Workers.Shared.Count = workers;
                c.Clear();
                Gemm<BFloat16>.Multiply(Workers.Shared, a, b, c);
                Assert.Equal(alone, GuardedMatrices.Read(c));
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    // Fewer columns than a register has lanes would be computed otherwise, in other bits where the processor has no instruction for pairs.
    [Theory]
    [InlineData(1)]
    [InlineData(600)]
    [InlineData(1600)]
    [InlineData(100_000)]
    public void NoTaskHasFewerColumnsThanARegisterHasLanes(int depth)
    {
        for (var columns = 16; columns < 700; columns++)
        {
            var blocks = FewPairs.Blocks(1, columns, depth);
            var widths = Enumerable.Range(0, blocks.Count).Select(block => blocks[block].Columns).ToArray();
            Assert.Equal(columns, widths.Sum());
            Assert.All(widths, width => Assert.InRange(width, 16, int.MaxValue));
        }
    }

    [AvxTheory]
    [InlineData(0, 40, 8)]
    [InlineData(3, 0, 8)]
    [InlineData(0, 0, 0)]
    public void AProductOfNothingIsNothing(int m, int n, int k)
    {
        using var memory = new GuardedMatrices();
        var a = memory.New<BFloat16>(new float[(m + 1) * k], m + 1, k).RowRange(0, m);
        var b = memory.New<BFloat16>(new float[k * (n + 1)], k, n + 1, transposed: true).ColumnRange(0, n);
        var c = memory.New<BFloat16>(new float[(m + 1) * (n + 1)], m + 1, n + 1).RowRange(0, m).ColumnRange(0, n);
        Gemm<BFloat16>.Multiply(Workers.Shared, a, b, c);
        Gemm<BFloat16>.Multiply(a, b, c);
        Assert.Empty(GuardedMatrices.Read(c));
    }

    private static void Check<TC>(
        Reference expected, float[] a, float[] b, float[] before, (int M, int N, int K) shape, int gap, bool accumulate, bool isExact)
        where TC : unmanaged
    {
        using var memory = new GuardedMatrices();
        var left = memory.New<BFloat16>(a, shape.M, shape.K, gap: gap);
        var weight = memory.New<BFloat16>(b, shape.K, shape.N, transposed: true, gap);
        var c = memory.New<TC>(before, shape.M, shape.N, gap: gap);
        Assert.True(FewPairs.Computes(left, weight));
        BFloat16Product.Compute(left, weight, c, accumulate);
        expected.Check(c, isExact);
        memory.CheckAround(c);
    }

    private static void RowsOfALargeProduct<TC>(int n, int k)
        where TC : unmanaged
    {
        const int Rows = 30;
        var before = GuardedMatrices.Fractions(Rows * n, 3);
        using var memory = new GuardedMatrices();
        var a = memory.New<BFloat16>(GuardedMatrices.Fractions(Rows * k, 1), Rows, k);
        var b = memory.New<BFloat16>(GuardedMatrices.Fractions(k * n, 2), k, n, transposed: true, gap: 2);
        foreach (var accumulate in new[] { false, true })
        {
            var (whole, parts) = (memory.New<TC>(before, Rows, n), memory.New<TC>(before, Rows, n));
            Assert.False(FewPairs.Computes(a, b));
            BFloat16Product.Compute(a, b, whole, accumulate);
            for (int row = 0, count = 1; row < Rows; row += count, count = (count % 4) + 1)
            {
                count = Math.Min(count, Rows - row);
                BFloat16Product.Compute(a.RowRange(row, count), b, parts.RowRange(row, count), accumulate);
            }

            Assert.Equal(GuardedMatrices.Read(whole), GuardedMatrices.Read(parts));
        }
    }
}

/// <summary>A theory that needs registers of 512 bits: skipped, with the reason, on a machine without.</summary>
internal sealed class AvxTheoryAttribute : TheoryAttribute
{
    public AvxTheoryAttribute() => Skip = Avx512F.IsSupported ? null : "No AVX-512 here: libtorch multiplies a few rows as it does many.";
}
