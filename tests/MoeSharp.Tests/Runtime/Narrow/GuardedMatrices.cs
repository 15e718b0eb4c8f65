using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>
/// Matrices of <see cref="float"/> or <see cref="BFloat16"/>, each in memory of its own that ends with its last element: reading further stops the
/// process. Before it and in the gaps between its rows there is NaN: a sum shows that it was read, and <see cref="CheckAround"/> that it was written.
/// </summary>
internal sealed unsafe class GuardedMatrices : IDisposable
{
    private readonly List<GuardedMemory> _memory = [];

    /// <summary>Numbers that bfloat16 has, from −4 to 4: sums of up to a million products of them are exact in <see cref="float"/>, in any order.</summary>
    public static float[] Integers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-4, 5))];
    }

    /// <summary>Numbers that bfloat16 has, from −1 to 1.</summary>
    public static float[] Fractions(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(BFloat16)(float)((2 * random.NextDouble()) - 1))];
    }

    /// <summary>A matrix of the given numbers.</summary>
    /// <param name="values">The numbers, row by row, rounded if T has not got them.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="transposed">Whether its columns, not its rows, are runs of memory.</param>
    /// <param name="gap">Elements between these runs.</param>
    public Matrix<T> New<T>(float[] values, int rows, int columns, bool transposed = false, int gap = 0)
        where T : unmanaged
    {
        var (runs, length) = transposed ? (columns, rows) : (rows, columns);
        var count = ((nint)(runs - 1) * (length + gap)) + length;
        var memory = new GuardedMemory(count * sizeof(T));
        _memory.Add(memory);
        var inMemory = new Matrix<T>((T*)memory.End - count, runs, length, length + gap);
        var matrix = transposed ? inMemory.Transposed : inMemory;
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                Set(ref matrix[row, column], values[(row * columns) + column]);
            }
        }

        return matrix;
    }

    /// <summary>The elements row by row, as <see cref="float"/>.</summary>
    public static float[] Read<T>(Matrix<T> matrix)
        where T : unmanaged
    {
        var values = new float[matrix.Rows * matrix.Columns];
        for (var row = 0; row < matrix.Rows; row++)
        {
            for (var column = 0; column < matrix.Columns; column++)
            {
                values[(row * matrix.Columns) + column] = Get(matrix[row, column]);
            }
        }

        return values;
    }

    /// <summary>That nothing was written beside the elements of a row-major matrix.</summary>
    public void CheckAround<T>(Matrix<T> matrix)
        where T : unmanaged
    {
        var memory = _memory.Single(memory => (byte*)matrix.Pointer >= memory.First && (byte*)matrix.Pointer < memory.End);
        var next = memory.First;
        for (var row = 0; row < matrix.Rows; row++)
        {
            var first = (byte*)(matrix.Pointer + (row * matrix.RowStride));
            Assert.True(new ReadOnlySpan<byte>(next, (int)(first - next)).IndexOfAnyExcept(byte.MaxValue) < 0, $"Something was written before row {row}.");
            next = first + ((nint)matrix.Columns * sizeof(T));
        }

        Assert.True(next == memory.End, "The matrix does not end with its memory.");
    }

    public void Dispose() => _memory.ForEach(memory => memory.Dispose());

    private static void Set<T>(ref T element, float value)
        where T : unmanaged => element = typeof(T) == typeof(float) ? (T)(object)value : (T)(object)(BFloat16)value;

    private static float Get<T>(T element)
        where T : unmanaged => typeof(T) == typeof(float) ? (float)(object)element : (float)(BFloat16)(object)element;
}
