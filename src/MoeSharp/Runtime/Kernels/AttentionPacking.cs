using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Copies between the strided heads of a token matrix and dense, padded blocks.</summary>
internal static unsafe class AttentionPacking
{
    // How many rows are packed before they are transposed, out of the first-level cache; a multiple of what is transposed at a time.
    private const int RowsTogether = 32;

    /// <summary>target[r] = scale · source[r], each row padded with zeros to <paramref name="width"/>; rows up to <paramref name="paddedRows"/> are zero.</summary>
    // Kept out of line, as what follows: inlined, the pointers of its caller's loops and its own are spilled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Pack<T>(Matrix<T> source, T scale, T* target, int width, int paddedRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Copy(source, scale, new Matrix<T>(target, source.Rows, source.Columns, width));
        for (var row = 0; row < source.Rows && source.Columns < width; row++)
        {
            new Span<T>(target + ((nint)row * width) + source.Columns, width - source.Columns).Clear();
        }

        if (source.Rows < paddedRows)
        {
            new Span<T>(target + ((nint)source.Rows * width), (paddedRows - source.Rows) * width).Clear();
        }
    }

    /// <summary>target[c] = scale · column c of source, padded with zeros to <paramref name="length"/>.</summary>
    /// <param name="source">[rows, columns].</param>
    /// <param name="scale">The factor.</param>
    /// <param name="dense">What <see cref="Pack"/> makes of the source, on the way: transposing rows that lie close together is so much faster.</param>
    /// <param name="width">Elements between the rows of <paramref name="dense"/>.</param>
    /// <param name="keep">Whether the dense rows are wanted, all <paramref name="length"/>; otherwise they overwrite each other, and their first ones stay in cache.</param>
    /// <param name="target">[columns, length].</param>
    /// <param name="stride">Elements between the rows of <paramref name="target"/>.</param>
    /// <param name="length">At least the rows of the source.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PackTransposed<T>(Matrix<T> source, T scale, T* dense, int width, bool keep, T* target, int stride, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Rows; row += RowsTogether)
        {
            var rows = Math.Min(RowsTogether, source.Rows - row);
            Pack(source.RowRange(row, rows), scale, dense, width, rows);
            Transposition.Copy(dense, width, rows, source.Columns, target + row, stride);
            dense += keep ? rows * width : 0;
        }

        var missing = length - source.Rows;
        if (keep)
        {
            new Span<T>(dense, missing * width).Clear();
        }

        for (var column = 0; column < source.Columns && missing > 0; column++)
        {
            new Span<T>(target + ((nint)column * stride) + source.Rows, missing).Clear();
        }
    }

    /// <summary>target[r] = scale · source[r], the padding left out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Unpack<T>(T* source, int width, T scale, Matrix<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Copy(new Matrix<T>(source, target.Rows, target.Columns, width), scale, target);

    /// <summary>target = scale · source: one row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyRow<T>(T* source, T scale, T* target, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            (Vector512.Load(source + i) * scale).Store(target + i);
        }

        for (; i < length; i++)
        {
            target[i] = source[i] * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy<T>(Matrix<T> source, T scale, Matrix<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (from, to, length) = ((nint)source.Pointer, (nint)target.Pointer, (nint)source.Columns);
        var (fromStep, toStep) = (source.RowStride * sizeof(T), target.RowStride * sizeof(T));
        for (var row = 0; row < source.Rows; row++, from += fromStep, to += toStep)
        {
            CopyRow((T*)from, scale, (T*)to, length);
        }
    }
}
