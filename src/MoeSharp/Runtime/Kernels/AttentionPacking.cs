using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Copies between the strided heads of a token matrix and dense, padded blocks.</summary>
internal static unsafe class AttentionPacking
{
    /// <summary>target[r] = scale · source[r], each row padded with zeros to <paramref name="width"/>; rows up to <paramref name="paddedRows"/> are zero.</summary>
    public static void Pack<T>(Matrix<T> source, T scale, T* target, int width, int paddedRows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Rows; row++)
        {
            Copy(source.Pointer + (row * source.RowStride), scale, target, source.Columns);
            new Span<T>(target + source.Columns, width - source.Columns).Clear();
            target += width;
        }

        new Span<T>(target, (paddedRows - source.Rows) * width).Clear();
    }

    /// <summary>target[c] = column c of source, padded with zeros to <paramref name="length"/>; <paramref name="stride"/> elements lie between the rows of target.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void PackTransposed<T>(Matrix<T> source, T* target, int stride, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var row = 0;
        for (; row <= source.Rows - 4; row += 4)
        {
            // Four rows at a time: four neighbours of each target row are written together.
            var a = source.Pointer + (row * source.RowStride);
            var b = a + source.RowStride;
            var c = b + source.RowStride;
            var d = c + source.RowStride;
            var to = target + row;
            for (nint column = 0; column < source.Columns; column++)
            {
                to[0] = a[column];
                to[1] = b[column];
                to[2] = c[column];
                to[3] = d[column];
                to += stride;
            }
        }

        for (var column = 0; column < source.Columns; column++)
        {
            for (var rest = row; rest < length; rest++)
            {
                target[((nint)column * stride) + rest] = rest < source.Rows ? source[rest, column] : T.Zero;
            }
        }
    }

    /// <summary>target[r] = scale · source[r], the padding left out.</summary>
    public static void Unpack<T>(T* source, int width, T scale, Matrix<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < target.Rows; row++)
        {
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
