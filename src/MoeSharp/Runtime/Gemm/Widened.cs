namespace MoeSharp.Runtime;

/// <summary>A matrix in the type of the product: itself, or a copy.</summary>
internal readonly unsafe ref struct Widened<T, TStored>
    where T : unmanaged
    where TStored : unmanaged
{
    private readonly Scratch<T> _scratch;

    private Widened(Matrix<T> matrix, Scratch<T> scratch)
    {
        Matrix = matrix;
        _scratch = scratch;
    }

    public Matrix<T> Matrix { get; }

    public static Widened<T, TStored> Of(Matrix<TStored> matrix)
    {
        if (typeof(T) == typeof(TStored))
        {
            return new(new Matrix<T>((T*)matrix.Pointer, matrix.Rows, matrix.Columns, matrix.RowStride, matrix.ColumnStride), default);
        }

        var turned = matrix.ColumnStride != 1;
        var source = turned ? matrix.Transposed : matrix;
        var scratch = Scratch<T>.Rent((nint)source.Rows * source.Columns);
        var copy = new Matrix<T>(scratch.Pointer, source.Rows, source.Columns);
        for (var row = 0; row < source.Rows; row++)
        {
            Stored.Copy<T, TStored, T>(source.Pointer + (row * source.RowStride), copy.Pointer + (row * copy.RowStride), source.Columns);
        }

        return new(turned ? copy.Transposed : copy, scratch);
    }

    /// <summary>Rounds a copy back to where it came from.</summary>
    public void CopyTo(Matrix<TStored> target)
    {
        if (typeof(T) != typeof(TStored))
        {
            for (var row = 0; row < target.Rows; row++)
            {
                Stored.Copy<T, T, TStored>(Matrix.Pointer + (row * Matrix.RowStride), target.Pointer + (row * target.RowStride), target.Columns);
            }
        }
    }

    public void Dispose()
    {
        if (typeof(T) != typeof(TStored))
        {
            _scratch.Dispose();
        }
    }
}
