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
    private const int MostLanes = 16;

    // A larger weight comes from memory, a smaller one often from a cache.
    private const int BytesOfCached = 1 << 20;

    /// <summary>Whether this is how a product is computed: by its shape and strides alone.</summary>
    public static bool Computes(Matrix<T> a, Matrix<T> b) =>
        (typeof(T) == typeof(float) ? Avx2.IsSupported && Fma.IsSupported : Avx512F.IsSupported)
        && a.Rows <= MostRows && a.ColumnStride == 1 && b.RowStride == 1 && b.Columns >= Lanes(streams: false);

    /// <summary>Whether the weight is read as it is best read from memory.</summary>
    public static bool Streams(Matrix<T> a, Matrix<T> b) => a.Rows == 1 && (long)b.Rows * b.Columns * sizeof(T) >= BytesOfCached;

    /// <summary>The cut of an [m, k]·[k, n] product.</summary>
    public static GemmBlocks Blocks(int rows, int columns, int depth) => GemmBlocks.OfFewRows(rows, columns, (long)depth * sizeof(T), Lanes(streams: false));

    /// <summary>c = a·b, or c += a·b; no extent is zero, and c has at least as many columns as a register has lanes.</summary>
    /// <param name="a">[m, k], row-major.</param>
    /// <param name="b">[k, n], rows side by side.</param>
    /// <param name="c">[m, n], row-major.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <param name="streams">That of the whole product: the bits are the same.</param>
    /// <param name="soon">Rows in order that are read next.</param>
    public static void Compute(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, bool streams, in RowsSoon soon)
    {
        var (weight, lanes) = (b.Transposed, Lanes(streams));
        var column = 0;
        for (; column <= c.Columns - lanes; column += lanes)
        {
            Columns(a, b.ColumnRange(column, lanes), c.ColumnRange(column, lanes), accumulate, RowsAhead.Of(weight, column, lanes, soon));
        }

        if (column < c.Columns)
        {
            LastColumns(a, b, c, accumulate, column, lanes);
        }
    }

    // The last columns together with some before them, which are computed again and not written.
    private static void LastColumns(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, int column, int lanes)
    {
        var (first, known) = (c.Columns - lanes, column - (c.Columns - lanes));
        var memory = stackalloc T[MostRows * MostLanes];
        var edge = new Matrix<T>(memory, c.Rows, lanes);
        for (var row = 0; row < c.Rows && accumulate; row++)
        {
            c.Row(row)[first..].CopyTo(edge.Row(row));
        }

        Columns(a, b.ColumnRange(first, lanes), edge, accumulate, RowsAhead.Of(b.Transposed, first, lanes, default));
        for (var row = 0; row < c.Rows; row++)
        {
            edge.Row(row)[known..].CopyTo(c.Row(row)[column..]);
        }
    }

    // As many columns of c as there are lanes, four rows at a time: only the first four wait for memory.
    private static void Columns(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, RowsAhead ahead)
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
    private static void Columns<TRows>(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, RowsAhead ahead)
        where TRows : unmanaged
    {
        var (depth, lanes, bRow, cRow) = (a.Columns, c.Columns, b.ColumnStride, c.RowStride);
        var piece = Depth.Of<T>(depth);
        var sums = stackalloc T[RowsAtATime * MostLanes];
        for (var step = 0; step < depth; step += piece)
        {
            var steps = Math.Min(piece, depth - step);
            var x = a.Pointer + step;
            var w = b.Pointer + step;
            new Span<T>(sums, RowsAtATime * MostLanes).Clear();
            var inBlocks = typeof(T) == typeof(double) ? FewRowsBlocks.Double<TRows>(steps, (double*)x, a.RowStride, (double*)w, bRow, ref ahead, (Vector512<double>*)sums)
                : lanes == Vector256<float>.Count ? FewRowsBlocks256.Float<TRows>(steps, (float*)x, a.RowStride, (float*)w, bRow, ref ahead, (Vector256<float>*)sums)
                : FewRowsBlocks.Float<TRows, FloatStep>(steps, (float*)x, a.RowStride, (float*)w, bRow, ref ahead, (Vector512<float>*)sums);
            for (var at = inBlocks; at < steps; at++)
            {
                Step(x + at, a.RowStride, w + at, bRow, sums, sizeof(TRows), lanes);
            }

            for (var row = 0; row < sizeof(TRows); row++)
            {
                var into = c.Pointer + (row * cRow);
                for (var lane = 0; lane < lanes; lane += Vector256<T>.Count)
                {
                    var sum = Vector256.Load(sums + (row * lanes) + lane);
                    (accumulate || step > 0 ? Vector256.Load(into + lane) + sum : sum).Store(into + lane);
                }
            }
        }
    }

    // One step of the depth, where fewer are left than a block has.
    private static void Step(T* a, nint aRow, T* w, nint wRow, T* sums, int rows, int lanes)
    {
        for (var row = 0; row < rows; row++, sums += lanes)
        {
            for (var lane = 0; lane < lanes; lane++)
            {
                sums[lane] = T.FusedMultiplyAdd(a[row * aRow], w[lane * wRow], sums[lane]);
            }
        }
    }

    // Columns at a time, as many rows of the weight. Sixteen floats are turned quickest in a register of 512 bits, but the lines of 16 rows, which are often a power
    // of two apart, push each other out of a first-level cache of eight ways: what memory sends is read an eighth faster in eight, what a cache does a third slower.
    private static int Lanes(bool streams) => typeof(T) == typeof(double) || (Avx512F.IsSupported && !streams) ? Vector512<T>.Count : Vector256<T>.Count;
}
