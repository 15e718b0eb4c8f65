using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>
/// A view of a two-dimensional block of memory that somebody else owns: a tensor's storage, a slice of an arena. Transposing and slicing
/// make new views and move nothing. Vectors are matrices of one row.
/// </summary>
/// <remarks>The view does not keep its memory alive: whoever makes one keeps the tensor for as long as it is used.</remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; <see cref="int"/> for indices.</typeparam>
public readonly unsafe struct Matrix<T>
    where T : unmanaged
{
    /// <summary>Makes a view.</summary>
    /// <param name="pointer">The element at row 0, column 0.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="rowStride">Elements from one row to the next.</param>
    /// <param name="columnStride">Elements from one column to the next; 1 for a row-major matrix.</param>
    public Matrix(T* pointer, int rows, int columns, nint rowStride, nint columnStride = 1)
    {
        Pointer = pointer;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    /// <summary>A row-major matrix without gaps between its rows.</summary>
    public Matrix(T* pointer, int rows, int columns)
        : this(pointer, rows, columns, columns)
    {
    }

    /// <summary>The element at row 0, column 0.</summary>
    public T* Pointer { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Elements from one row to the next.</summary>
    public nint RowStride { get; }

    /// <summary>Elements from one column to the next.</summary>
    public nint ColumnStride { get; }

    /// <summary>The transposed view, as in <c>Tensor.T</c>.</summary>
    public Matrix<T> Transposed => new(Pointer, Columns, Rows, ColumnStride, RowStride);

    /// <summary>One element.</summary>
    public ref T this[int row, int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Pointer[(row * RowStride) + (column * ColumnStride)];
    }

    /// <summary>One row as a span; the view must be row-major.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Row(int row) => new(Pointer + (row * RowStride), Columns);

    /// <summary>The rows from <paramref name="first"/> on, <paramref name="count"/> of them.</summary>
    public Matrix<T> RowRange(int first, int count) => new(Pointer + (first * RowStride), count, Columns, RowStride, ColumnStride);

    /// <summary>The columns from <paramref name="first"/> on, <paramref name="count"/> of them.</summary>
    public Matrix<T> ColumnRange(int first, int count) => new(Pointer + (first * ColumnStride), Rows, count, RowStride, ColumnStride);

    /// <summary>Every element set to zero; the view must be row-major.</summary>
    public void Clear()
    {
        if (RowStride == Columns)
        {
            NativeMemory.Clear(Pointer, (nuint)Rows * (nuint)Columns * (nuint)sizeof(T));
            return;
        }

        for (var row = 0; row < Rows; row++)
        {
            Row(row).Clear();
        }
    }
}
