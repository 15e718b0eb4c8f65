using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

public unsafe class SimdTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(17)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void SumsAreRightAndDoNotDependOnTheAddress(int length)
    {
        var random = new Random(length);
        var values = Enumerable.Range(0, length).Select(_ => (float)random.NextDouble() - 0.3f).ToArray();
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)((length + 16) * sizeof(float)), 64);
        try
        {
            var results = Enumerable.Range(0, 16).Select(shift =>
            {
                values.CopyTo(new Span<float>(memory + shift, length));
                var x = memory + shift;
                return (Simd.Sum(x, length), Simd.Dot(x, x, length), Simd.Dot(x, x, x, length), Simd.Max(x, length));
            }).ToArray();
            Assert.Single(results.Distinct());

            // A thousand additions of numbers below one, each rounded to 6e-8 of a partial sum below a hundred.
            Assert.Equal(values.Sum(value => (double)value), results[0].Item1, 1e-4);
            Assert.Equal(values.Sum(value => (double)value * value), results[0].Item2, 1e-4);
            Assert.Equal(values.Sum(value => (double)value * value * value), results[0].Item3, 1e-4);
            Assert.Equal(values.Max(), results[0].Item4);
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    [Fact]
    public void SumsOfManyRowsAreThoseOfEach()
    {
        Check<float>();
        Check<double>();

        static void Check<T>()
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            var lanes = Vector512<T>.Count;
            var random = new Random(1);
            var rows = stackalloc T[lanes * lanes];
            for (var i = 0; i < lanes * lanes; i++)
            {
                rows[i] = T.CreateTruncating(random.NextDouble() - 0.3);
            }

            var sums = RowSums.Of(rows);
            for (var row = 0; row < lanes; row++)
            {
                Assert.Equal(Simd.SumLanes(Vector512.Load(rows + (row * lanes))), sums[row]);
            }
        }
    }

    [Fact]
    public void APartOfAVectorIsThatPartAndNoMore()
    {
        Check<float>();
        Check<double>();
        Check<int>();

        static void Check<T>()
            where T : unmanaged, System.Numerics.INumber<T>
        {
            var lanes = Vector512<T>.Count;
            var memory = stackalloc T[2 * lanes];
            for (var count = 1; count <= lanes; count++)
            {
                for (var i = 0; i < 2 * lanes; i++)
                {
                    memory[i] = T.CreateTruncating(i + 1);
                }

                var part = Simd.Load(memory + 1, count);
                Simd.Store(part + part, memory, count);
                for (var i = 0; i < lanes; i++)
                {
                    Assert.Equal(i < count ? T.CreateTruncating(i + 2) : T.Zero, part[i]);
                    Assert.Equal(T.CreateTruncating(i < count ? 2 * (i + 2) : i + 1), memory[i]);
                }
            }
        }
    }

    [Fact]
    public void TheExponentialIsWithinTwoUnitsInTheLastPlace()
    {
        for (var x = -87f; x < 88.7f; x += 0.01f)
        {
            var expected = Math.Exp(x);
            Assert.Equal(expected, Exponential.Single(Vector512.Create(x))[0], 2 * 1.2e-7 * expected);
        }
    }

    [Theory]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-100, 0)]
    [InlineData(0, 1)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.NaN, float.NaN)]
    public void TheExponentialsEdges(float x, float expected) => Assert.Equal(expected, Exponential.Single(Vector512.Create(x))[15]);
}
