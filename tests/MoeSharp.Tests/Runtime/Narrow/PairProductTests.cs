using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>
/// Products by the processor's own instruction: against sums in double and against libtorch, in memory that shows any reading or writing beside them.
/// </summary>
public class PairProductTests
{
    /// <summary>
    /// Around a tile's rows and columns, a register of a transposed operand, a block of gathered rows (112), of columns (64, or 256 beyond 384 rows)
    /// and of the depth (1024), with one of everything.
    /// </summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 },
        { 1, 1, 2 },
        { 2, 31, 1 },
        { 1, 32, 3 },
        { 14, 32, 16 },
        { 15, 33, 17 },
        { 16, 64, 33 },
        { 29, 63, 64 },
        { 13, 95, 40 },
        { 31, 130, 15 },
        { 113, 40, 31 },
        { 130, 257, 24 },
        { 225, 1, 100 },
        { 1, 300, 50 },
        { 400, 70, 9 },
        { 385, 300, 6 },
        { 31, 65, 1024 },
        { 5, 70, 1025 },
        { 17, 37, 2050 },
        { 115, 3, 3071 },
    };

    [PairTheory]
    [MemberData(nameof(Shapes))]
    public void SumsOfSmallIntegersAreExact(int m, int n, int k)
    {
        var (a, b, before) = (GuardedMatrices.Integers(m * k, 1), GuardedMatrices.Integers(k * n, 2), GuardedMatrices.Integers(m * n, 3));
        foreach (var accumulate in new[] { false, true })
        {
            var expected = new Reference(a, b, accumulate ? before : null, m, n, k);
            ForEveryLayout((transposeA, transposeB, gap) =>
            {
                Check<float>(expected, a, b, before, (m, n, k), transposeA, transposeB, gap, accumulate);
                Check<BFloat16>(expected, a, b, before, (m, n, k), transposeA, transposeB, gap, accumulate);
            });
        }
    }

    [PairTheory]
    [InlineData(15, 33, 17)]
    [InlineData(120, 100, 250)]
    [InlineData(30, 70, 1601)]
    public void SumsAreWithinRoundingOfTheExactOnesAndOfLibtorchs(int m, int n, int k)
    {
        var (a, b, before) = (GuardedMatrices.Fractions(m * k, 1), GuardedMatrices.Fractions(k * n, 2), GuardedMatrices.Fractions(m * n, 3));
        foreach (var accumulate in new[] { false, true })
        {
            var expected = new Reference(a, b, accumulate ? before : null, m, n, k);
            ForEveryLayout((transposeA, transposeB, gap) =>
            {
                CheckWithTorch<float>(expected, a, b, before, (m, n, k), transposeA, transposeB, gap, accumulate);
                CheckWithTorch<BFloat16>(expected, a, b, before, (m, n, k), transposeA, transposeB, gap, accumulate);
            });
        }
    }

    [PairTheory]
    [InlineData(50, 70, 301)]
    [InlineData(50, 33, 1100)]
    [InlineData(400, 300, 40)]
    public void AnElementHasTheSameBitsWhateverElseIsComputed(int m, int n, int k)
    {
        ForEveryLayout((transposeA, transposeB, gap) =>
        {
            CheckParts<float>(m, n, k, transposeA, transposeB, gap);
            CheckParts<BFloat16>(m, n, k, transposeA, transposeB, gap);
        });
    }

    [PairTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnyNumberOfThreadsGivesTheSameBits(bool transposeA)
    {
        var (m, n, k) = (530, 70, 130);
        var (a, b) = (GuardedMatrices.Fractions(m * k, 1), GuardedMatrices.Fractions(k * n, 2));
        var results = new int[6][];
        var threads = Enumerable.Range(0, results.Length).Select(index => new Thread(() =>
        {
            // Operands of the thread's own, so that every thread reads other addresses; one has its product cut into tasks.
            using var memory = new GuardedMatrices();
            var (left, right) = (memory.New<BFloat16>(a, m, k, transposeA, index), memory.New<BFloat16>(b, k, n, gap: index));
            var c = memory.New<BFloat16>(new float[m * n], m, n);
            for (var round = 0; round < 5; round++)
            {
                if (index == 0)
                {
                    Gemm<BFloat16>.Multiply(Workers.Shared, left, right, c);
                }
                else
                {
                    Gemm<BFloat16>.Multiply(left, right, c);
                }
            }

            results[index] = Bits(c);
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(results, result => Assert.Equal(results[0], result));
        Assert.True(results[0].Distinct().Count() > 100);
    }

    [PairFact]
    public void NotANumberStaysWhereItBelongs()
    {
        var (m, n, k) = (20, 40, 31);
        foreach (var (row, step) in new[] { (3, 7), (19, 30), (0, 0) })
        {
            var a = GuardedMatrices.Fractions(m * k, 1);
            a[(row * k) + step] = float.NaN;
            ForEveryLayout((transposeA, transposeB, gap) =>
            {
                using var memory = new GuardedMatrices();
                var b = memory.New<BFloat16>(GuardedMatrices.Fractions(k * n, 2), k, n, transposeB, gap);
                var c = memory.New<BFloat16>(new float[m * n], m, n, gap: gap);
                Multiply(memory.New<BFloat16>(a, m, k, transposeA, gap), b, c, false);
                Assert.Equal(Enumerable.Range(0, m * n).Select(i => i / n == row), GuardedMatrices.Read(c).Select(float.IsNaN));
            });
        }
    }

    // Infinity times zero would be NaN: the other half of a pair that is filled up has to be a zero in both operands.
    [PairTheory]
    [InlineData(1, false)]
    [InlineData(33, false)]
    [InlineData(1025, false)]
    [InlineData(1, true)]
    [InlineData(33, true)]
    [InlineData(1025, true)]
    public void TheLastOfAnOddDepthMayBeInfinite(int k, bool isRight)
    {
        var (m, n) = (18, 37);
        var (a, b) = (new float[m * k], new float[k * n]);
        for (var i = 0; i < m; i++)
        {
            a[(i * k) + k - 1] = isRight ? 1 : float.PositiveInfinity;
        }

        Array.Fill(b, isRight ? float.PositiveInfinity : 1, (k - 1) * n, n);
        var expected = Enumerable.Repeat(float.PositiveInfinity, m * n);
        ForEveryLayout((transposeA, transposeB, gap) =>
        {
            using var memory = new GuardedMatrices();
            var (narrow, wide) = (memory.New<BFloat16>(new float[m * n], m, n), memory.New<float>(new float[m * n], m, n));
            var (left, right) = (memory.New<BFloat16>(a, m, k, transposeA, gap), memory.New<BFloat16>(b, k, n, transposeB, gap));
            Multiply(left, right, narrow, true);
            Multiply(left, right, wide, false);
            Assert.Equal(expected, GuardedMatrices.Read(narrow));
            Assert.Equal(expected, GuardedMatrices.Read(wide));
        });
    }

    // Two steps more, as odd a depth: rows are copied as well, and what is filled up now was NaN then.
    [PairTheory]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(1025)]
    public void WhatAnEarlierProductLeftIsNotRead(int k)
    {
        var (m, n) = (18, 37);
        var (left, right) = (Enumerable.Repeat(float.NaN, m * (k + 2)).ToArray(), Enumerable.Repeat(float.NaN, (k + 2) * n).ToArray());
        var (a, b) = (GuardedMatrices.Integers(m * k, 1), GuardedMatrices.Integers(k * n, 2));
        var expected = new Reference(a, b, null, m, n, k);
        ForEveryLayout((transposeA, transposeB, gap) =>
        {
            using var memory = new GuardedMatrices();
            var c = memory.New<BFloat16>(new float[m * n], m, n);
            Multiply(memory.New<BFloat16>(left, m, k + 2, transposeA, gap), memory.New<BFloat16>(right, k + 2, n, transposeB, gap), c, false);
            Assert.All(GuardedMatrices.Read(c), value => Assert.True(float.IsNaN(value)));
            Multiply(memory.New<BFloat16>(a, m, k, transposeA, gap), memory.New<BFloat16>(b, k, n, transposeB, gap), c, false);
            expected.Check(c, isExact: true);
        });
    }

    [PairFact]
    public void WhatDoesNotFitIsInfinite()
    {
        using var memory = new GuardedMatrices();
        var c = memory.New<BFloat16>([0, 0], 1, 2);
        Multiply(memory.New<BFloat16>([3e38f, 3e38f], 1, 2), memory.New<BFloat16>([1, -1, 1, -1], 2, 2), c, false);
        Assert.Equal([float.PositiveInfinity, float.NegativeInfinity], GuardedMatrices.Read(c));
    }

    // As the processor's manual has it: an operand, what is added to, and a sum.
    [PairFact]
    public void DenormalNumbersAreZero()
    {
        var denormal = MathF.ScaleB(1, -130);
        Assert.Equal(denormal, (float)(BFloat16)denormal);
        using var memory = new GuardedMatrices();
        var (a, b) = (memory.New<BFloat16>([denormal, MathF.ScaleB(1, -100), 0], 3, 1), memory.New<BFloat16>([MathF.ScaleB(1, -30)], 1, 1));
        var (wide, narrow) = (memory.New<float>([0, 0, denormal], 3, 1), memory.New<BFloat16>([0, 0, denormal], 3, 1));
        Multiply(a, b, wide, true);
        Multiply(a, b, narrow, true);
        Assert.Equal([0, 0, 0], GuardedMatrices.Read(wide));
        Assert.Equal([0, 0, 0], GuardedMatrices.Read(narrow));
    }

    private static void ForEveryLayout(Action<bool, bool, int> check)
    {
        // Gaps of which one makes odd distances, whatever the shape.
        foreach (var gap in new[] { 0, 3 })
        {
            check(false, false, gap);
            check(false, true, gap);
            check(true, false, gap);
            check(true, true, gap);
        }
    }

    private static void Check<TC>(
        Reference expected, float[] a, float[] b, float[] before, (int M, int N, int K) shape, bool transposeA, bool transposeB, int gap, bool accumulate)
        where TC : unmanaged
    {
        using var memory = new GuardedMatrices();
        var c = memory.New<TC>(before, shape.M, shape.N, gap: gap);
        Multiply(memory.New<BFloat16>(a, shape.M, shape.K, transposeA, gap), memory.New<BFloat16>(b, shape.K, shape.N, transposeB, gap), c, accumulate);
        expected.Check(c, isExact: true);
        memory.CheckAround(c);
    }

    private static void CheckWithTorch<TC>(
        Reference expected, float[] a, float[] b, float[] before, (int M, int N, int K) shape, bool transposeA, bool transposeB, int gap, bool accumulate)
        where TC : unmanaged
    {
        using var memory = new GuardedMatrices();
        var (left, right) = (memory.New<BFloat16>(a, shape.M, shape.K, transposeA, gap), memory.New<BFloat16>(b, shape.K, shape.N, transposeB, gap));
        var (c, torch) = (memory.New<TC>(before, shape.M, shape.N, gap: gap), memory.New<TC>(before, shape.M, shape.N, gap: gap));
        Multiply(left, right, c, accumulate);
        TorchProduct.Compute(left, right, torch, accumulate);
        expected.Check(c, isExact: false);
        expected.CheckTorch(c, torch);
        memory.CheckAround(c);
        memory.CheckAround(torch);
    }

    private static void CheckParts<TC>(int m, int n, int k, bool transposeA, bool transposeB, int gap)
        where TC : unmanaged
    {
        var before = GuardedMatrices.Fractions(m * n, 3);
        using var memory = new GuardedMatrices();
        var a = memory.New<BFloat16>(GuardedMatrices.Fractions(m * k, 1), m, k, transposeA, gap);
        var b = memory.New<BFloat16>(GuardedMatrices.Fractions(k * n, 2), k, n, transposeB, gap);
        foreach (var accumulate in new[] { false, true })
        {
            var (whole, parts) = (memory.New<TC>(before, m, n), memory.New<TC>(before, m, n));
            Multiply(a, b, whole, accumulate);
            foreach (var (firstRow, rows) in new[] { (0, 17), (17, m - 18), (m - 1, 1) })
            {
                foreach (var (first, columns) in new[] { (0, 5), (5, n - 5) })
                {
                    var part = parts.RowRange(firstRow, rows).ColumnRange(first, columns);
                    Multiply(a.RowRange(firstRow, rows), b.ColumnRange(first, columns), part, accumulate);
                }
            }

            Assert.Equal(Bits(whole), Bits(parts));
        }
    }

    // The left operand where it lies, whatever its distances; the right one as PairProduct asks for it.
    private static void Multiply<TC>(Matrix<BFloat16> a, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate)
        where TC : unmanaged
    {
        using var right = PairOperand.Of(b);
        PairProduct.Compute(a, right.Matrix, c, accumulate);
    }

    private static int[] Bits<T>(Matrix<T> matrix)
        where T : unmanaged => Array.ConvertAll(GuardedMatrices.Read(matrix), BitConverter.SingleToInt32Bits);
}
