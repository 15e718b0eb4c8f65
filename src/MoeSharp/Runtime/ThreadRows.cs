namespace MoeSharp.Runtime;

/// <summary>
/// A matrix for what a task needs only while it runs: in memory of the current thread, which has it in its cache from the task before. Its contents are
/// undefined. Dispose it on the thread that rented it.
/// </summary>
/// <typeparam name="T">The elements.</typeparam>
public readonly ref struct ThreadRows<T>
    where T : unmanaged
{
    private readonly Scratch<T> _memory;

    private unsafe ThreadRows(int rows, int columns)
    {
        _memory = Scratch<T>.Rent((nint)rows * columns);
        Matrix = new Matrix<T>(_memory.Pointer, rows, columns);
    }

    /// <summary>[rows, columns], row-major, until this is disposed.</summary>
    public Matrix<T> Matrix { get; }

    /// <summary>Rents room.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">And columns.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is negative.</exception>
    public static ThreadRows<T> Rent(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        return new ThreadRows<T>(rows, columns);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();
}
