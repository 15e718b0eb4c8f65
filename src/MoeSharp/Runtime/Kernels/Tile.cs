using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// The small products inside attention: eight rows of the result at a time stay in registers. The left side is read element by element, so it
/// may be a transposed view; the right side and the result are read in whole vectors, so their rows are padded to whole vectors. Callers run many
/// tiles in a row and time them together: one tile is too short for a clock.
/// </summary>
internal static unsafe class Tile
{
    /// <summary>Rows of a result that are computed together.</summary>
    public const int Rows = 8;

    /// <summary>c (+)= a·b, eight rows.</summary>
    /// <param name="a">[8, depth], any strides.</param>
    /// <param name="b">[depth, columns], rows <paramref name="bRow"/> apart.</param>
    /// <param name="bRow">Elements between rows of b.</param>
    /// <param name="depth">The inner length.</param>
    /// <param name="c">[8, columns], rows <paramref name="cRow"/> apart.</param>
    /// <param name="cRow">Elements between rows of c.</param>
    /// <param name="columns">A multiple of the vector's lanes.</param>
    /// <param name="accumulate">Add to c instead of overwriting it.</param>
    public static void Multiply<T>(Strided<T> a, T* b, nint bRow, nint depth, T* c, nint cRow, nint columns, bool accumulate)
        where T : unmanaged
    {
        nint column = 0;
        for (; column <= columns - (2 * Vector512<T>.Count); column += 2 * Vector512<T>.Count)
        {
            Multiply2(a, b + column, bRow, depth, c + column, cRow, accumulate);
        }

        if (column < columns)
        {
            Multiply1(a, b + column, bRow, depth, c + column, cRow, accumulate);
        }
    }

    private static void Multiply2<T>(Strided<T> a, T* b, nint bRow, nint depth, T* c, nint cRow, bool accumulate)
        where T : unmanaged
    {
        var a0 = a.Pointer;
        var a1 = a.Pointer + (1 * a.Row);
        var a2 = a.Pointer + (2 * a.Row);
        var a3 = a.Pointer + (3 * a.Row);
        var a4 = a.Pointer + (4 * a.Row);
        var a5 = a.Pointer + (5 * a.Row);
        var a6 = a.Pointer + (6 * a.Row);
        var a7 = a.Pointer + (7 * a.Row);
        Vector512<T> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default, c70 = default;
        Vector512<T> c01 = default, c11 = default, c21 = default, c31 = default, c41 = default, c51 = default, c61 = default, c71 = default;
        if (accumulate)
        {
            c00 = Vector512.Load(c);
            c01 = Vector512.Load(c + Vector512<T>.Count);
            c10 = Vector512.Load(c + (1 * cRow));
            c11 = Vector512.Load(c + (1 * cRow) + Vector512<T>.Count);
            c20 = Vector512.Load(c + (2 * cRow));
            c21 = Vector512.Load(c + (2 * cRow) + Vector512<T>.Count);
            c30 = Vector512.Load(c + (3 * cRow));
            c31 = Vector512.Load(c + (3 * cRow) + Vector512<T>.Count);
            c40 = Vector512.Load(c + (4 * cRow));
            c41 = Vector512.Load(c + (4 * cRow) + Vector512<T>.Count);
            c50 = Vector512.Load(c + (5 * cRow));
            c51 = Vector512.Load(c + (5 * cRow) + Vector512<T>.Count);
            c60 = Vector512.Load(c + (6 * cRow));
            c61 = Vector512.Load(c + (6 * cRow) + Vector512<T>.Count);
            c70 = Vector512.Load(c + (7 * cRow));
            c71 = Vector512.Load(c + (7 * cRow) + Vector512<T>.Count);
        }

        var step = a.Column;
        for (nint i = 0; i < depth; i++)
        {
            var b0 = Vector512.Load(b);
            var b1 = Vector512.Load(b + Vector512<T>.Count);
            var s0 = Vector512.Create(*a0);
            c00 = Simd.Fma(s0, b0, c00);
            c01 = Simd.Fma(s0, b1, c01);
            a0 += step;
            var s1 = Vector512.Create(*a1);
            c10 = Simd.Fma(s1, b0, c10);
            c11 = Simd.Fma(s1, b1, c11);
            a1 += step;
            var s2 = Vector512.Create(*a2);
            c20 = Simd.Fma(s2, b0, c20);
            c21 = Simd.Fma(s2, b1, c21);
            a2 += step;
            var s3 = Vector512.Create(*a3);
            c30 = Simd.Fma(s3, b0, c30);
            c31 = Simd.Fma(s3, b1, c31);
            a3 += step;
            var s4 = Vector512.Create(*a4);
            c40 = Simd.Fma(s4, b0, c40);
            c41 = Simd.Fma(s4, b1, c41);
            a4 += step;
            var s5 = Vector512.Create(*a5);
            c50 = Simd.Fma(s5, b0, c50);
            c51 = Simd.Fma(s5, b1, c51);
            a5 += step;
            var s6 = Vector512.Create(*a6);
            c60 = Simd.Fma(s6, b0, c60);
            c61 = Simd.Fma(s6, b1, c61);
            a6 += step;
            var s7 = Vector512.Create(*a7);
            c70 = Simd.Fma(s7, b0, c70);
            c71 = Simd.Fma(s7, b1, c71);
            a7 += step;
            b += bRow;
        }

        c00.Store(c);
        c01.Store(c + Vector512<T>.Count);
        c10.Store(c + (1 * cRow));
        c11.Store(c + (1 * cRow) + Vector512<T>.Count);
        c20.Store(c + (2 * cRow));
        c21.Store(c + (2 * cRow) + Vector512<T>.Count);
        c30.Store(c + (3 * cRow));
        c31.Store(c + (3 * cRow) + Vector512<T>.Count);
        c40.Store(c + (4 * cRow));
        c41.Store(c + (4 * cRow) + Vector512<T>.Count);
        c50.Store(c + (5 * cRow));
        c51.Store(c + (5 * cRow) + Vector512<T>.Count);
        c60.Store(c + (6 * cRow));
        c61.Store(c + (6 * cRow) + Vector512<T>.Count);
        c70.Store(c + (7 * cRow));
        c71.Store(c + (7 * cRow) + Vector512<T>.Count);
    }

    private static void Multiply1<T>(Strided<T> a, T* b, nint bRow, nint depth, T* c, nint cRow, bool accumulate)
        where T : unmanaged
    {
        var a0 = a.Pointer;
        var a1 = a.Pointer + (1 * a.Row);
        var a2 = a.Pointer + (2 * a.Row);
        var a3 = a.Pointer + (3 * a.Row);
        var a4 = a.Pointer + (4 * a.Row);
        var a5 = a.Pointer + (5 * a.Row);
        var a6 = a.Pointer + (6 * a.Row);
        var a7 = a.Pointer + (7 * a.Row);
        Vector512<T> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default, c70 = default;
        if (accumulate)
        {
            c00 = Vector512.Load(c);
            c10 = Vector512.Load(c + (1 * cRow));
            c20 = Vector512.Load(c + (2 * cRow));
            c30 = Vector512.Load(c + (3 * cRow));
            c40 = Vector512.Load(c + (4 * cRow));
            c50 = Vector512.Load(c + (5 * cRow));
            c60 = Vector512.Load(c + (6 * cRow));
            c70 = Vector512.Load(c + (7 * cRow));
        }

        var step = a.Column;
        for (nint i = 0; i < depth; i++)
        {
            var b0 = Vector512.Load(b);
            c00 = Simd.Fma(Vector512.Create(*a0), b0, c00);
            a0 += step;
            c10 = Simd.Fma(Vector512.Create(*a1), b0, c10);
            a1 += step;
            c20 = Simd.Fma(Vector512.Create(*a2), b0, c20);
            a2 += step;
            c30 = Simd.Fma(Vector512.Create(*a3), b0, c30);
            a3 += step;
            c40 = Simd.Fma(Vector512.Create(*a4), b0, c40);
            a4 += step;
            c50 = Simd.Fma(Vector512.Create(*a5), b0, c50);
            a5 += step;
            c60 = Simd.Fma(Vector512.Create(*a6), b0, c60);
            a6 += step;
            c70 = Simd.Fma(Vector512.Create(*a7), b0, c70);
            a7 += step;
            b += bRow;
        }

        c00.Store(c);
        c10.Store(c + (1 * cRow));
        c20.Store(c + (2 * cRow));
        c30.Store(c + (3 * cRow));
        c40.Store(c + (4 * cRow));
        c50.Store(c + (5 * cRow));
        c60.Store(c + (6 * cRow));
        c70.Store(c + (7 * cRow));
    }
}

/// <summary>One side of a small product: where it starts and how far its rows and columns are apart.</summary>
internal readonly unsafe struct Strided<T>(T* pointer, nint row, nint column)
    where T : unmanaged
{
    public readonly T* Pointer = pointer;
    public readonly nint Row = row;
    public readonly nint Column = column;

    public static Strided<T> Of(Matrix<T> matrix) => new(matrix.Pointer, matrix.RowStride, matrix.ColumnStride);

    /// <summary>The rows from one on.</summary>
    public Strided<T> From(int row) => new(Pointer + (row * Row), Row, Column);
}
