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

    // Columns at a time, as many rows of the weight. Doubles fill a register. Floats fill half of one, and come an eighth faster from memory than in 16 columns,
    // though slower from the second-level cache: rows are often a power of two apart, and the lines of 16 do not fit a first-level cache of eight ways.
    private const int Lanes = 8;

    /// <summary>Whether this is how a product is computed: by its shape and strides alone.</summary>
    public static bool Computes(Matrix<T> a, Matrix<T> b) =>
        (typeof(T) == typeof(float) ? Avx2.IsSupported && Fma.IsSupported : Avx512F.IsSupported)
        && a.Rows <= MostRows && a.ColumnStride == 1 && b.RowStride == 1 && b.Columns >= Lanes;

    /// <summary>The cut of an [m, k]·[k, n] product.</summary>
    public static GemmBlocks Blocks(int rows, int columns, int depth) => GemmBlocks.OfFewRows(rows, columns, (long)depth * sizeof(T), Lanes);

    /// <summary>c = a·b, or c += a·b; no extent is zero, and c has eight columns at least.</summary>
    /// <param name="a">[m, k], row-major.</param>
    /// <param name="b">[k, n], rows side by side.</param>
    /// <param name="c">[m, n], row-major.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <param name="soon">Rows in order that are read next.</param>
    public static void Compute(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, in RowsSoon soon)
    {
        var weight = b.Transposed;
        var column = 0;
        for (; column <= c.Columns - Lanes; column += Lanes)
        {
            Columns(a, b.ColumnRange(column, Lanes), c.ColumnRange(column, Lanes), accumulate, RowsAhead<T>.Of(weight, column, Lanes, soon));
        }

        if (column < c.Columns)
        {
            LastColumns(a, b, c, accumulate, column);
        }
    }

    // The last columns together with some before them, which are computed again and not written.
    private static void LastColumns(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, int column)
    {
        var (first, known) = (c.Columns - Lanes, column - (c.Columns - Lanes));
        var memory = stackalloc T[MostRows * Lanes];
        var edge = new Matrix<T>(memory, c.Rows, Lanes);
        for (var row = 0; row < c.Rows && accumulate; row++)
        {
            c.Row(row)[first..].CopyTo(edge.Row(row));
        }

        Columns(a, b.ColumnRange(first, Lanes), edge, accumulate, RowsAhead<T>.Of(b.Transposed, first, Lanes, default));
        for (var row = 0; row < c.Rows; row++)
        {
            edge.Row(row)[known..].CopyTo(c.Row(row)[column..]);
        }
    }

    // As many columns of c as there are lanes, four rows at a time: only the first four wait for memory.
    private static void Columns(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, RowsAhead<T> ahead)
    {
        for (var row = 0; row < c.Rows; row += RowsAtATime)
        {
            var rows = Math.Min(RowsAtATime, c.Rows - row);
            var (x, y) = (a.RowRange(row, rows), c.RowRange(row, rows));
            switch (rows)
            {
                case 1: Columns<Bytes.One>(x, b, y, accumulate, ahead); break;
                case 2: Columns<Bytes.Two>(x, b, y, accumulate, ahead); break;
                case 3: Columns<Bytes.Three>(x, b, y, accumulate, ahead); break;
                default: Columns<Bytes.Four>(x, b, y, accumulate, ahead); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<TRows>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, RowsAhead<T> ahead)
        where TRows : unmanaged
    {
        var (depth, bRow, cRow) = (a.Columns, b.ColumnStride, c.RowStride);
        var piece = Depth.Of<T>(depth);
        var sums = stackalloc T[RowsAtATime * Lanes];
        for (var step = 0; step < depth; step += piece)
        {
            var steps = Math.Min(piece, depth - step);
            var x = a.Pointer + step;
            var w = b.Pointer + step;
            new Span<T>(sums, RowsAtATime * Lanes).Clear();
            var inBlocks = typeof(T) == typeof(float)
                ? FewRowsBlocks.Float<TRows>(steps, (float*)x, a.RowStride, (float*)w, bRow, ref Unsafe.As<RowsAhead<T>, RowsAhead<float>>(ref ahead), (Vector256<float>*)sums)
                : FewRowsBlocks.Double<TRows>(steps, (double*)x, a.RowStride, (double*)w, bRow, ref Unsafe.As<RowsAhead<T>, RowsAhead<double>>(ref ahead), (Vector512<double>*)sums);
            for (var at = inBlocks; at < steps; at++)
            {
                Step(x + at, a.RowStride, sizeof(TRows), w + at, bRow, sums);
            }

            for (var row = 0; row < sizeof(TRows); row++)
            {
                var into = c.Pointer + (row * cRow);
                for (var lane = 0; lane < Lanes; lane += Vector256<T>.Count)
                {
                    var sum = Vector256.Load(sums + (row * Lanes) + lane);
                    (accumulate || step > 0 ? Vector256.Load(into + lane) + sum : sum).Store(into + lane);
                }
            }
        }
    }

    // One step of the depth, where fewer are left than a block has.
    private static void Step(T* a, nint aRow, int rows, T* w, nint wRow, T* sums)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var lane = 0; lane < Lanes; lane++)
            {
                sums[(row * Lanes) + lane] = T.FusedMultiplyAdd(a[row * aRow], w[lane * wRow], sums[(row * Lanes) + lane]);
            }
        }
    }
}
