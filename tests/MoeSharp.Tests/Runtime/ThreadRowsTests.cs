using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Rows in memory of the current thread.</summary>
public sealed class ThreadRowsTests
{
    [Fact]
    public void WhatIsRentedAtTheSameTimeDoesNotOverlap()
    {
        for (var task = 0; task < 3; task++)
        {
            using var first = ThreadRows<float>.Rent(5, 3 + task);
            using var second = ThreadRows<float>.Rent(7, 2);
            using var third = ThreadRows<double>.Rent(4, 1);
            Fill(first.Matrix, 1);
            Fill(second.Matrix, 2);
            Fill(third.Matrix, 3);
            Assert.Equal((5, 3 + task), (first.Matrix.Rows, first.Matrix.Columns));
            Assert.Equal(5 * (3 + task), Count(first.Matrix, 1));
            Assert.Equal(14, Count(second.Matrix, 2));
            Assert.Equal(4, Count(third.Matrix, 3));
        }
    }

    [Fact]
    public unsafe void AThreadGetsTheMemoryItGaveBack()
    {
        // A thread that has rented nothing yet.
        var addresses = new List<nint>();
        var thread = new Thread(() =>
        {
            for (var task = 0; task < 3; task++)
            {
                using var rows = ThreadRows<float>.Rent(16, 16);
                addresses.Add((nint)rows.Matrix.Pointer);
            }
        });
        thread.Start();
        thread.Join();
        Assert.Equal(3, addresses.Count);
        Assert.Single(addresses.Distinct());
    }

    [Fact]
    public void NegativeSizesAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>("rows", () => ThreadRows<float>.Rent(-1, 1).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => ThreadRows<float>.Rent(1, -1).Dispose());
    }

    private static void Fill<T>(Matrix<T> matrix, int value)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        for (var row = 0; row < matrix.Rows; row++)
        {
            matrix.Row(row).Fill(T.CreateChecked(value));
        }
    }

    private static int Count<T>(Matrix<T> matrix, int value)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var count = 0;
        for (var row = 0; row < matrix.Rows; row++)
        {
            foreach (var each in matrix.Row(row))
            {
                count += each == T.CreateChecked(value) ? 1 : 0;
            }
        }

        return count;
    }
}
