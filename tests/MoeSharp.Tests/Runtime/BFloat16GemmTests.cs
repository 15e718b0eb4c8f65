using System.Runtime.InteropServices;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>
/// Products in bfloat16 against sums in double of the rounded operands: by whatever the machine has for them, and by libtorch, which is there for
/// any machine.
/// </summary>
public class BFloat16GemmTests
{
    // Sums are in float32, and libtorch's is rounded to 8 bits once, by 2^-8 of it at most, before it comes to c, which is of float32 here.
    private const double Tolerance = 4e-3;

    private delegate void Multiplication(Matrix<float> a, Matrix<float> b, Matrix<float> c, bool accumulate);

    public static TheoryData<int, int, int, bool, bool> Products => new()
    {
        { 1, 16, 8, false, true },
        { 7, 33, 19, false, true },
        { 48, 64, 40, false, false },
        { 130, 24, 72, false, true },
        { 20, 36, 1, true, false },
        { 40, 24, 50, true, false },
        { 300, 40, 24, false, true },
        { 12, 12, 12, true, true },
    };

    [Theory]
    [MemberData(nameof(Products))]
    public void IsTheProductOfTheRoundedOperands(int m, int n, int k, bool transposeA, bool transposeB)
    {
        // Large first: what a product leaves in the thread's scratch must not reach the next one.
        using var large = new GemmOperands<float>(320, 64, 96, transposeA, transposeB, 5);
        Gemm<BFloat16>.Multiply(large.A, large.B, large.C);
        TorchProduct.Compute(large.A, large.B, large.C, accumulate: false);
        foreach (var accumulate in new[] { false, true })
        {
            Check("alone", (a, b, c, accumulate) => Gemm<BFloat16>.Multiply(a, b, c, accumulate), accumulate);
            Check("workers", (a, b, c, accumulate) => Gemm<BFloat16>.Multiply(Workers.Shared, a, b, c, accumulate), accumulate);
            Check("libtorch", TorchProduct.Compute, accumulate);
        }

        void Check(string name, Multiplication multiply, bool accumulate)
        {
            using var operands = new GemmOperands<float>(m, n, k, transposeA, transposeB, 1, gap: 3);
            var expected = Expected(operands, accumulate);
            multiply(operands.A, operands.B, operands.C, accumulate);
            var actual = GemmOperands<float>.Read(operands.C);
            var distance = Math.Sqrt(expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum() / expected.Sum(e => e * e));
            Assert.True(distance <= Tolerance, $"‖c − c′‖/‖c′‖ is {distance:e2} (accumulate {accumulate}, {name})");
            operands.CheckGaps();
        }
    }

    [Theory]
    [InlineData(5, 320, 12, false)]
    [InlineData(64, 288, 50, false)]
    [InlineData(33, 512, 129, false)]
    [InlineData(3, 264, 20, false)]
    [InlineData(5, 320, 12, true)]
    [InlineData(64, 288, 50, true)]
    [InlineData(33, 512, 129, true)]
    [InlineData(3, 264, 20, true)]
    public unsafe void AWideGradientIsTheSamePastTheCache(int m, int n, int rows, bool isLibtorchs)
    {
        // To the bit: the same product, written to whole cache lines, and to rows with gaps that no such write fits. What lies behind stays.
        using var operands = new GemmOperands<float>(m, n, rows, true, false, 9);
        var (stride, count) = (n + 1, (nuint)(m * (n + 2)));
        var whole = (BFloat16*)NativeMemory.AlignedAlloc(count * 2, 64);
        var gaps = (BFloat16*)NativeMemory.AlignedAlloc(count * 2, 64);
        try
        {
            new Span<ushort>(whole, (int)count).Fill(0x4242);
            var (c, expected) = (new Matrix<BFloat16>(whole, m, n), new Matrix<BFloat16>(gaps, m, n, stride));
            Assert.Equal(m * n % 32 == 0, Stored.CanStream(c));
            Assert.False(Stored.CanStream(expected));
            if (isLibtorchs)
            {
                TorchProduct.Compute(operands.A, operands.B, c, accumulate: false);
                TorchProduct.Compute(operands.A, operands.B, expected, accumulate: false);
            }
            else
            {
                Gemm<BFloat16>.Multiply(operands.A, operands.B, c);
                Gemm<BFloat16>.Multiply(operands.A, operands.B, expected);
            }

            for (var row = 0; row < m; row++)
            {
                Assert.Equal(new ReadOnlySpan<ushort>(gaps + (row * stride), n).ToArray(), new ReadOnlySpan<ushort>(whole + (row * n), n).ToArray());
            }

            Assert.All(new ReadOnlySpan<ushort>(whole + (m * n), m).ToArray(), bits => Assert.Equal(0x4242, bits));
        }
        finally
        {
            NativeMemory.AlignedFree(whole);
            NativeMemory.AlignedFree(gaps);
        }
    }

    [Fact]
    public void AProductOfNoTermsIsZero()
    {
        using var operands = new GemmOperands<float>(3, 4, 0, false, true, 1);
        Gemm<BFloat16>.Multiply(operands.A, operands.B, operands.C);
        Assert.All(GemmOperands<float>.Read(operands.C), value => Assert.Equal(0, value));
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var operands = new GemmOperands<float>(3, 4, 5, false, false, 1);
        var refused = Assert.Throws<ArgumentException>(() => Gemm<BFloat16>.Multiply(operands.A, operands.B.Transposed, operands.C));
        Assert.Contains("[3, 5]·[4, 5] -> [3, 4]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherTypesAreRefused()
    {
        using var narrow = new GemmOperands<float>(3, 4, 5, false, false, 1);
        using var wide = new GemmOperands<double>(3, 4, 5, false, false, 1);
        foreach (var multiply in new Action[]
        {
            () => Gemm<BFloat16>.Multiply(wide.A, narrow.B, narrow.C),
            () => Gemm<BFloat16>.Multiply(narrow.A, wide.B, narrow.C),
            () => Gemm<BFloat16>.Multiply(narrow.A, narrow.B, wide.C),
            () => Gemm<BFloat16>.Multiply(Workers.Shared, narrow.A, narrow.B, wide.C),
        })
        {
            Assert.Contains("Double", Assert.Throws<NotSupportedException>(multiply).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void RowsAreRoundedUpToFewNumbers()
    {
        Assert.Equal([4, 4, 8, 128, 136, 256, 288, 576, 1280], new[] { 1, 4, 5, 128, 129, 256, 257, 513, 1025 }.Select(TorchProduct.Padded));
        Assert.True(Enumerable.Range(1, 1024).Select(TorchProduct.Padded).Distinct().Count() <= 64);
    }

    private static double[] Expected(GemmOperands<float> operands, bool accumulate)
    {
        var c = operands.C;
        var sums = new double[c.Rows * c.Columns];
        for (var row = 0; row < c.Rows; row++)
        {
            for (var column = 0; column < c.Columns; column++)
            {
                var sum = accumulate ? c[row, column] : 0.0;
                for (var step = 0; step < operands.A.Columns; step++)
                {
                    sum += (double)(float)(BFloat16)operands.A[row, step] * (float)(BFloat16)operands.B[step, column];
                }

                sums[(row * c.Columns) + column] = sum;
            }
        }

        return sums;
    }
}
