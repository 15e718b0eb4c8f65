using System.Numerics;
using System.Runtime.InteropServices;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>Memory for a matrix under test, with a gap after every row and a guard value in the gaps, so that a write past a row's end is seen.</summary>
internal sealed unsafe class Block<T> : IDisposable
    where T : unmanaged, INumber<T>
{
    private const int Gap = 3;
    private readonly T* _memory;
    private readonly int _rows;
    private readonly int _columns;

    public Block(int rows, int columns, Func<int, int, T>? fill = null)
    {
        (_rows, _columns) = (rows, columns);
        _memory = (T*)NativeMemory.AlignedAlloc((nuint)(((rows * (columns + Gap)) + 1) * sizeof(T)), 64);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns + Gap; column++)
            {
                View.Pointer[(row * (columns + Gap)) + column] = column < columns ? fill?.Invoke(row, column) ?? T.Zero : Guard;
            }
        }
    }

    private static T Guard => T.CreateTruncating(77);

    // One element past the aligned start: no kernel may rely on alignment.
    public Matrix<T> View => new(_memory + 1, _rows, _columns, _columns + Gap);

    public static implicit operator Matrix<T>(Block<T> block) => block.View;

    /// <summary>The elements row by row, after a look at the gaps.</summary>
    public T[] ToArray()
    {
        for (var row = 0; row < _rows; row++)
        {
            for (var column = _columns; column < _columns + Gap; column++)
            {
                Assert.Equal(Guard, View.Pointer[(row * (_columns + Gap)) + column]);
            }
        }

        return [.. Enumerable.Range(0, _rows).SelectMany(row => View.Row(row).ToArray())];
    }

    public Block<T> Clone() => new(_rows, _columns, (row, column) => View[row, column]);

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}

/// <summary>Random matrices from fixed seeds, the same numbers in float and double.</summary>
internal static class Blocks
{
    public static Block<T> Random<T>(int rows, int columns, int seed, double scale = 1)
        where T : unmanaged, INumber<T>
    {
        var random = new Random(seed);

        // Through float, so that the float matrix holds exactly the double one's values.
        return new Block<T>(rows, columns, (_, _) => T.CreateTruncating((float)(scale * ((2 * random.NextDouble()) - 1))));
    }

    public static Block<int> Integers(int rows, int columns, int seed, int minimum, int end)
    {
        var random = new Random(seed);
        return new Block<int>(rows, columns, (_, _) => random.Next(minimum, end));
    }
}
