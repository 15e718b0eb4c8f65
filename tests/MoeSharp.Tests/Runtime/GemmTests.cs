using System.Numerics;
using System.Runtime.Intrinsics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Matrix products against a compensated reference, and the promise that a result depends on nothing but its own sum.</summary>
public sealed class GemmTests
{
    public static TheoryData<bool, bool> Transpositions => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Transpositions))]
    public void FloatProductsOfOddShapesAreWithinRounding(bool transposeA, bool transposeB) => OddShapes<float>(transposeA, transposeB);

    [Theory]
    [MemberData(nameof(Transpositions))]
    public void DoubleProductsOfOddShapesAreWithinRounding(bool transposeA, bool transposeB) => OddShapes<double>(transposeA, transposeB);

    // Beyond one block of the depth, of the columns, and on both sides of the choice to compute the transposed product.
    [Theory]
    [InlineData(3, 70, 1100, false, true)]
    [InlineData(130, 37, 1030, true, false)]
    [InlineData(26, 1100, 40, false, false)]
    [InlineData(17, 1060, 550, false, true)]
    [InlineData(200, 530, 30, false, true)]
    [InlineData(230, 170, 90, true, false)]
    [InlineData(115, 300, 70, true, true)]
    [InlineData(140, 180, 90, false, false)]
    [InlineData(1, 1, 2000, true, true)]
    public void ProductsOfSeveralBlocksAreWithinRounding(int m, int n, int k, bool transposeA, bool transposeB)
    {
        Check<float>(m, n, k, transposeA, transposeB, seed: m + n + k, gap: 5, accumulate: false);
        Check<double>(m, n, k, transposeA, transposeB, seed: m + n + k, gap: 5, accumulate: true);
    }

    [Theory]
    [MemberData(nameof(Transpositions))]
    public void ABlockOfRowsHasTheBitsOfTheWholeProduct(bool transposeA, bool transposeB)
    {
        using var operands = new GemmOperands<float>(150, 260, 700, transposeA, transposeB, seed: 5, gap: 3);
        Gemm.Multiply(operands.A, operands.B, operands.C);
        foreach (var (first, count) in new[] { (0, 1), (7, 16), (20, 65), (149, 1) })
        {
            var part = operands.New(count, 260);
            Gemm.Multiply(operands.A.RowRange(first, count), operands.B, part);
            Assert.Equal(GemmOperands<float>.Read(operands.C.RowRange(first, count)), GemmOperands<float>.Read(part));
        }
    }

    // Every height of the last tiles, with what is left of columns and of steps. Rows 1024 floats or 512 doubles apart are copied with this many columns.
    [Theory]
    [InlineData(67, 301, true)]
    [InlineData(67, 301, false)]
    [InlineData(275, 1024, true)]
    [InlineData(275, 512, false)]
    public void AnyNumberOfRowsGivesTheBitsOfOneAtATime(int n, int k, bool transposeB)
    {
        AnyNumberOfRows<float>(n, k, transposeB);
        AnyNumberOfRows<double>(n, k, transposeB);
    }

    [Theory]
    [InlineData(50, 700, 600, true)]
    [InlineData(50, 301, 83, true)]
    [InlineData(7, 41, 520, true)]
    [InlineData(130, 90, 300, false)]
    public void NarrowerRegistersGiveTheSameBits(int m, int n, int k, bool transposeB)
    {
        using var operands = new GemmOperands<float>(m, n, k, false, transposeB, seed: 12);
        Gemm.Multiply(operands.A, operands.B, operands.C);
        var expected = GemmOperands<float>.Read(operands.C);

        operands.C.Clear();
        Product<float, Vector256<float>, Lanes256<float>>.Compute(operands.A, operands.B, operands.C, accumulate: false);
        Assert.Equal(expected, GemmOperands<float>.Read(operands.C));

        operands.C.Clear();
        Product<float, Vector128<float>, Lanes128<float>>.Compute(operands.A, operands.B, operands.C, accumulate: false);
        Assert.Equal(expected, GemmOperands<float>.Read(operands.C));
    }

    [Theory]
    [InlineData(50, 700, 600, false, true)]
    [InlineData(900, 300, 80, false, true)]
    [InlineData(300, 500, 700, true, false)]
    [InlineData(64, 64, 3000, true, false)]
    public void AnyNumberOfWorkersGivesTheSameBits(int m, int n, int k, bool transposeA, bool transposeB)
    {
        using var operands = new GemmOperands<float>(m, n, k, transposeA, transposeB, seed: 9);
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

    [Fact]
    public void ManyThreadsAtOnceGiveTheSameBits()
    {
        using var operands = new GemmOperands<float>(60, 150, 300, transposeA: false, transposeB: true, seed: 4);
        Gemm.Multiply(operands.A, operands.B, operands.C);
        var alone = GemmOperands<float>.Read(operands.C);
        var results = new float[8][];
        var threads = Enumerable.Range(0, results.Length).Select(index => new Thread(() =>
        {
            // Operands of the thread's own, so that every thread reads other addresses.
            using var mine = new GemmOperands<float>(60, 150, 300, transposeA: false, transposeB: true, seed: 4);
            for (var round = 0; round < 20; round++)
            {
                Gemm.Multiply(mine.A, mine.B, mine.C);
            }

            results[index] = GemmOperands<float>.Read(mine.C);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(results, result => Assert.Equal(alone, result));
    }

    [Fact]
    public void AnEmptySumIsZero()
    {
        using var operands = new GemmOperands<float>(4, 5, 0, transposeA: false, transposeB: true, seed: 1, gap: 3);
        var before = GemmOperands<float>.Read(operands.C);
        Gemm.Multiply(operands.A, operands.B, operands.C, accumulate: true);
        Assert.Equal(before, GemmOperands<float>.Read(operands.C));
        Gemm.Multiply(Workers.Shared, operands.A, operands.B, operands.C);
        Assert.Equal(new float[20], GemmOperands<float>.Read(operands.C));
        operands.CheckGaps();
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(0, 0)]
    public void AnEmptyResultIsLeftAlone(int m, int n)
    {
        using var operands = new GemmOperands<double>(m, n, 3, transposeA: false, transposeB: false, seed: 1);
        Gemm.Multiply(operands.A, operands.B, operands.C);
        Gemm.Multiply(Workers.Shared, operands.A, operands.B, operands.C, accumulate: true);
        Assert.Empty(GemmOperands<double>.Read(operands.C));
    }

    [Theory]
    [InlineData(3, 4, 5, 6, 3, 6)]
    [InlineData(3, 4, 4, 6, 2, 6)]
    [InlineData(3, 4, 4, 6, 3, 5)]
    public void ShapesThatDoNotFitAreNamed(int m, int k, int otherK, int n, int rows, int columns)
    {
        using var operands = new GemmOperands<float>(1, 1, 1, transposeA: false, transposeB: false, seed: 1);
        var (a, b, c) = (operands.New(m, k), operands.New(otherK, n), operands.New(rows, columns));
        foreach (var multiply in new Action[] { () => Gemm.Multiply(a, b, c), () => Gemm.Multiply(Workers.Shared, a, b, c) })
        {
            var message = Assert.Throws<ArgumentException>(multiply).Message;
            Assert.Contains($"[{m}, {k}]·[{otherK}, {n}] -> [{rows}, {columns}]", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AColumnMajorResultIsRefused()
    {
        using var operands = new GemmOperands<float>(4, 4, 4, transposeA: false, transposeB: false, seed: 1);
        Assert.Throws<ArgumentException>(() => Gemm.Multiply(operands.A, operands.B, operands.C.Transposed));
    }

    [Fact]
    public void OtherTypesAreRefused()
    {
        using var operands = new GemmOperands<Half>(2, 2, 2, transposeA: false, transposeB: false, seed: 1);
        Assert.Throws<NotSupportedException>(() => Gemm.Multiply(operands.A, operands.B, operands.C));
    }

    [Fact]
    public void NotANumberStaysWhereItBelongs()
    {
        using var operands = new GemmOperands<float>(20, 40, 30, transposeA: false, transposeB: true, seed: 8);
        operands.A[3, 7] = float.NaN;
        Gemm.Multiply(operands.A, operands.B, operands.C);
        for (var row = 0; row < 20; row++)
        {
            Assert.All(operands.C.Row(row).ToArray(), value => Assert.Equal(row == 3, float.IsNaN(value)));
        }
    }

    private static void AnyNumberOfRows<T>(int n, int k, bool transposeB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Most = 70;
        using var operands = new GemmOperands<T>(Most, n, k, transposeA: false, transposeB, seed: n + k);
        for (var row = 0; row < Most; row++)
        {
            Gemm.Multiply(operands.A.RowRange(row, 1), operands.B, operands.C.RowRange(row, 1));
        }

        var alone = GemmOperands<T>.Read(operands.C);
        operands.CheckResult();
        for (var rows = 1; rows <= Most; rows++)
        {
            var part = operands.C.RowRange(0, rows);
            part.Clear();
            Gemm.Multiply(operands.A.RowRange(0, rows), operands.B, part);
            Assert.Equal(alone[..(rows * n)], GemmOperands<T>.Read(part));
        }
    }

    private static void OddShapes<T>(bool transposeA, bool transposeB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(transposeA ? 11 : 12);
        for (var round = 0; round < 150; round++)
        {
            var (m, n, k) = (random.Next(1, 71), random.Next(1, 71), random.Next(1, 71));
            Check<T>(m, n, k, transposeA, transposeB, round, gap: round % 9, accumulate: round % 2 == 1);
        }
    }

    private static void Check<T>(int m, int n, int k, bool transposeA, bool transposeB, int seed, int gap, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var operands = new GemmOperands<T>(m, n, k, transposeA, transposeB, seed, gap);
        var before = GemmOperands<T>.Read(operands.C);
        Gemm.Multiply(operands.A, operands.B, operands.C, accumulate);
        operands.CheckResult(accumulate ? before : null);
        operands.CheckGaps();
    }
}
