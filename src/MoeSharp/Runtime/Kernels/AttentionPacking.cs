using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Copies between the strided heads of a token matrix and dense, padded blocks.</summary>
internal static unsafe class AttentionPacking
{
    // How many tokens before their turn a head's part is asked for; a multiple of what is transposed at a time.
    private const int RowsAhead = 16;

    /// <summary>target[r] = scale · source[r], each row padded with zeros to <paramref name="width"/>; rows up to <paramref name="paddedRows"/> are zero.</summary>
    public static void Pack<T>(Matrix<T> source, T scale, T* target, int width, int paddedRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Rows; row++)
        {
            // A head's part of a token is short, and the next token's far away: the processor does not guess it.
            Simd.Ask(source.Pointer + ((row + RowsAhead) * source.RowStride), source.Columns);
            Copy(source.Pointer + (row * source.RowStride), scale, target, source.Columns);
            for (var pad = source.Columns; pad < width; pad++)
            {
                target[pad] = T.Zero;
            }

            target += width;
        }

        new Span<T>(target, (paddedRows - source.Rows) * width).Clear();
    }

    /// <summary>target[c] = column c of source, padded with zeros to <paramref name="length"/>; <paramref name="stride"/> elements lie between the rows of target.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PackTransposed<T>(Matrix<T> source, T* target, int stride, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Rows; row += RowsAhead)
        {
            var rows = Math.Min(RowsAhead, source.Rows - row);
            for (var soon = row + RowsAhead; soon < row + RowsAhead + rows; soon++)
            {
                Simd.Ask(source.Pointer + (soon * source.RowStride), source.Columns);
            }

            Transposition.Copy(source.Pointer + (row * source.RowStride), source.RowStride, rows, source.Columns, target + row, stride);
        }

        if (length > source.Rows)
        {
            for (var column = 0; column < source.Columns; column++)
            {
                new Span<T>(target + ((nint)column * stride) + source.Rows, length - source.Rows).Clear();
            }
        }
    }

    /// <summary>target[r] = scale · source[r], the padding left out.</summary>
    public static void Unpack<T>(T* source, int width, T scale, Matrix<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < target.Rows; row++)
        {
            Simd.Ask(target.Pointer + ((row + RowsAhead) * target.RowStride), target.Columns);
            Copy(source + ((nint)row * width), scale, target.Pointer + (row * target.RowStride), target.Columns);
        }
    }

    private static void Copy<T>(T* source, T scale, T* target, nint length)
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
}
