namespace MoeSharp.Runtime;

/// <summary>An operand of <see cref="PairProduct"/>: where it lies, or rounded into memory of the calling thread. Dispose it there, after the product.</summary>
internal readonly unsafe ref struct PairOperand
{
    private readonly Scratch<BFloat16> _copy;
    private readonly bool _isCopy;

    private PairOperand(Matrix<BFloat16> matrix) => Matrix = matrix;

    private PairOperand(Matrix<BFloat16> matrix, Scratch<BFloat16> copy)
    {
        Matrix = matrix;
        _copy = copy;
        _isCopy = true;
    }

    /// <summary>The operand in bfloat16, its rows or its columns side by side, and those of a transposed view an even number of elements apart.</summary>
    public Matrix<BFloat16> Matrix { get; }

    /// <summary>Finds the numbers of a matrix in bfloat16, or rounds them.</summary>
    public static PairOperand Of<T>(Matrix<T> matrix)
        where T : unmanaged
    {
        var found = typeof(T) == typeof(BFloat16)
            ? new Matrix<BFloat16>((BFloat16*)matrix.Pointer, matrix.Rows, matrix.Columns, matrix.RowStride, matrix.ColumnStride)
            : LentTensor.Find(matrix.Pointer)?.Narrow(matrix) ?? default;
        var turned = matrix.ColumnStride != 1;
        if (found.Pointer != null && (!turned || matrix.ColumnStride % 2 == 0))
        {
            return new PairOperand(found);
        }

        var source = turned ? matrix.Transposed : matrix;
        var stride = source.Columns + (source.Columns % 2);
        var scratch = Scratch<BFloat16>.Rent((nint)source.Rows * stride);
        var copy = new Matrix<BFloat16>(scratch.Pointer, source.Rows, source.Columns, stride);
        for (var row = 0; row < source.Rows; row++)
        {
            Stored.Copy(source.Pointer + (row * source.RowStride), copy.Pointer + (row * stride), source.Columns);
        }

        return new PairOperand(turned ? copy.Transposed : copy, scratch);
    }

    public void Dispose()
    {
        if (_isCopy)
        {
            _copy.Dispose();
        }
    }
}
