using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// A product of a few rows with a transposed weight, as in decoding: it takes as long as reading the weight does, so the weight is read once, in
/// order, and copied nowhere. As many of its rows as a register has lanes are turned in registers and multiplied at once.
/// </summary>
/// <remarks>Every element is the sum that <see cref="Product{T, TVector, TLanes}"/> computes, product after product in the same pieces: the same bits.</remarks>
internal static unsafe class FewRows<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // With more rows than this the arithmetic shows, and packing the weight pays.
    private const int MostRows = 8;
    private const int RowsAtATime = 4;

    private static int Lanes => Vector512<T>.Count;

    /// <summary>Whether this is how a product is computed: by its shape and strides alone.</summary>
    public static bool Computes(Matrix<T> a, Matrix<T> b) =>
        Avx512F.IsSupported && a.Rows <= MostRows && a.ColumnStride == 1 && b.RowStride == 1 && b.Columns >= Lanes;

    /// <summary>The cut of an [m, k]·[k, n] product.</summary>
    public static GemmBlocks Blocks(int rows, int columns, int depth) => GemmBlocks.OfFewRows(rows, columns, (long)depth * sizeof(T), Lanes);

    /// <summary>c = a·b, or c += a·b; no extent is zero, and c has at least as many columns as a register has lanes.</summary>
    public static void Compute(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate)
    {
        var column = 0;
        for (; column <= c.Columns - Lanes; column += Lanes)
        {
            var next = column + (2 * Lanes) <= c.Columns;
            Columns(a, b.ColumnRange(column, Lanes), c.ColumnRange(column, Lanes), accumulate, next);
        }

        if (column == c.Columns)
        {
            return;
        }

        // The last columns together with some before them, which are computed again and not written.
        var (first, known) = (c.Columns - Lanes, column - (c.Columns - Lanes));
        var memory = stackalloc T[MostRows * Lanes];
        var edge = new Matrix<T>(memory, c.Rows, Lanes);
        for (var row = 0; row < c.Rows && accumulate; row++)
        {
            c.Row(row)[first..].CopyTo(edge.Row(row));
        }

        Columns(a, b.ColumnRange(first, Lanes), edge, accumulate, next: false);
        for (var row = 0; row < c.Rows; row++)
        {
            edge.Row(row)[known..].CopyTo(c.Row(row)[column..]);
        }
    }

    // As many columns of c as there are lanes, four rows at a time: only the first four wait for memory.
    private static void Columns(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, bool next)
    {
        for (var row = 0; row < c.Rows; row += RowsAtATime)
        {
            var rows = Math.Min(RowsAtATime, c.Rows - row);
            var (x, y) = (a.RowRange(row, rows), c.RowRange(row, rows));
            switch (rows)
            {
                case 1: Columns<Bytes.One>(x, b, y, accumulate, next); break;
                case 2: Columns<Bytes.Two>(x, b, y, accumulate, next); break;
                case 3: Columns<Bytes.Three>(x, b, y, accumulate, next); break;
                default: Columns<Bytes.Four>(x, b, y, accumulate, next); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<TRows>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, bool next)
        where TRows : unmanaged
    {
        var (depth, bRow, cRow) = (a.Columns, b.ColumnStride, c.RowStride);
        var piece = Depth.Of<T>(depth);
        var sums = stackalloc Vector512<T>[RowsAtATime];
        for (var step = 0; step < depth; step += piece)
        {
            var steps = Math.Min(piece, depth - step);
            var x = a.Pointer + step;
            var w = b.Pointer + step;

            // What is asked for early: the steps that follow, and from the last piece the first of the next columns.
            var following = step + steps < depth ? w + steps : next ? w - step + (Lanes * bRow) : w;
            new Span<Vector512<T>>(sums, RowsAtATime).Clear();
            var inBlocks = typeof(T) == typeof(float)
                ? FewRowsBlocks.Float<TRows, FloatStep>(steps, (float*)x, a.RowStride, (float*)w, bRow, (float*)following, (Vector512<float>*)sums)
                : FewRowsBlocks.Double<TRows>(steps, (double*)x, a.RowStride, (double*)w, bRow, (double*)following, (Vector512<double>*)sums);
            for (var at = inBlocks; at < steps; at++)
            {
                Step(x + at, a.RowStride, sizeof(TRows), w + at, bRow, sums);
            }

            for (var row = 0; row < sizeof(TRows); row++)
            {
                var into = c.Pointer + (row * cRow);
                (accumulate || step > 0 ? Vector512.Load(into) + sums[row] : sums[row]).Store(into);
            }
        }
    }

    // One step of the depth, where fewer are left than a block has.
    private static void Step(T* a, nint aRow, int rows, T* w, nint wRow, Vector512<T>* sums)
    {
        Vector512<T> column = default;
        for (var lane = 0; lane < Lanes; lane++)
        {
            column = column.WithElement(lane, w[lane * wRow]);
        }

        for (var row = 0; row < rows; row++)
        {
            sums[row] = Simd.Fma(Vector512.Create(a[row * aRow]), column, sums[row]);
        }
    }
}
