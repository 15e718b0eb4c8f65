using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>Sums of matrices, and how the row kernels cut their rows into tasks.</summary>
public static unsafe class Elementwise
{
    // A task should last some microseconds: about this many elements.
    private const int ElementsPerTask = 16384;

    /// <summary>y = a + b; <paramref name="y"/> may be the memory of either.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="a">[rows, columns].</param>
    /// <param name="b">[rows, columns].</param>
    /// <param name="y">[rows, columns], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes differ, or one is not row-major.</exception>
    public static void Add<T>(Workers workers, Matrix<T> a, Matrix<T> b, Matrix<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const string Kernel = "Elementwise.Add";
        Require.RowMajor(Kernel, a);
        Require.Shape(Kernel, b, a.Rows, a.Columns);
        Require.Shape(Kernel, y, a.Rows, a.Columns);
        workers.For(a.Rows, RowsPerTask(a.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                AddRow(a.Pointer + (row * a.RowStride), b.Pointer + (row * b.RowStride), y.Pointer + (row * y.RowStride), a.Columns);
            }
        });
    }

    /// <summary>dst += src.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="src">[rows, columns].</param>
    /// <param name="dst">[rows, columns], added to.</param>
    /// <exception cref="ArgumentException">The shapes differ, or one is not row-major.</exception>
    public static void AddInto<T>(Workers workers, Matrix<T> src, Matrix<T> dst)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Add(workers, dst, src, dst);

    /// <summary>How many rows make one task, by the width of a row alone.</summary>
    internal static int RowsPerTask(int columns) => Math.Clamp(ElementsPerTask / Math.Max(columns, 1), 1, 256);

    /// <summary>y = a + b over one run of elements.</summary>
    internal static void AddRow<T>(T* a, T* b, T* y, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            AddVector(a + i, b + i, y + i, Vector512<T>.Count);
        }

        if (i < length)
        {
            AddVector(a + i, b + i, y + i, length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddVector<T>(T* a, T* b, T* y, nint count)
        where T : unmanaged =>
        Simd.Store(Simd.Load(a, count) + Simd.Load(b, count), y, count);
}
