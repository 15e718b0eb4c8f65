using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// A product in bfloat16 of a few rows with a transposed weight, as in decoding: as <see cref="FewRows{T}"/> it takes as long as reading the weight does, which
/// is read once, in order, and copied nowhere.
/// </summary>
/// <remarks>
/// Every element is the chain of sums that <see cref="PairProduct"/> computes: of a pair the second product is added first, then the first, each rounded to float,
/// which is what the processor's own instruction does. The same bits, but for denormal numbers, which the instruction takes for zero.
/// </remarks>
internal static unsafe class FewPairs
{
    // With more rows than this the arithmetic shows, and packing the weight pays.
    private const int MostRows = 4;

    private static int Lanes => Vector512<float>.Count;

    /// <summary>Whether this is how a product is computed: by its shape and strides alone.</summary>
    public static bool Computes<TA, TB>(Matrix<TA> a, Matrix<TB> b)
        where TA : unmanaged
        where TB : unmanaged =>
        Avx512F.IsSupported && a.Rows <= MostRows && a.ColumnStride == 1 && b.RowStride == 1 && b.Columns >= Lanes;

    /// <summary>The cut of an [m, k]·[k, n] product into tasks each of which <see cref="Computes"/>.</summary>
    public static GemmBlocks Blocks(int rows, int columns, int depth) => GemmBlocks.OfFewRows(rows, columns, (long)depth * sizeof(BFloat16), Lanes);

    /// <summary>c = a·b, or c += a·b; no extent is zero, and c has at least as many columns as a register has lanes.</summary>
    /// <param name="a">[m, k], row-major.</param>
    /// <param name="b">[k, n], rows side by side, columns an even number of elements apart.</param>
    /// <param name="c">[m, n] of <see cref="float"/> or <see cref="BFloat16"/>, row-major.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    /// <param name="soon">Rows in order that are read next.</param>
    public static void Compute<TC>(Matrix<BFloat16> a, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate, in RowsSoon soon)
        where TC : unmanaged
    {
        var began = ProductClock.Begin();
        var x = Widen(a);
        var weight = b.Transposed;
        var column = 0;
        for (; column <= c.Columns - Lanes; column += Lanes)
        {
            Columns(x, b.ColumnRange(column, Lanes), c.ColumnRange(column, Lanes), accumulate, RowsAhead.Of(weight, column, Lanes, soon));
        }

        if (column < c.Columns)
        {
            LastColumns(x, b, c, accumulate, column);
        }

        ProductClock.End(began);
    }

    // The last columns together with some before them, which are computed again and not written.
    private static void LastColumns<TC>(Matrix<float> x, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate, int column)
        where TC : unmanaged
    {
        var (first, known) = (c.Columns - Lanes, column - (c.Columns - Lanes));
        var memory = stackalloc TC[MostRows * Lanes];
        var edge = new Matrix<TC>(memory, c.Rows, Lanes);
        for (var row = 0; row < c.Rows && accumulate; row++)
        {
            c.Row(row)[first..].CopyTo(edge.Row(row));
        }

        Columns(x, b.ColumnRange(first, Lanes), edge, accumulate, RowsAhead.Of(b.Transposed, first, Lanes, default));
        for (var row = 0; row < c.Rows; row++)
        {
            edge.Row(row)[known..].CopyTo(c.Row(row)[column..]);
        }
    }

    // Rows of a in float, an odd one filled up to whole pairs.
    private static Matrix<float> Widen(Matrix<BFloat16> a)
    {
        var depth = a.Columns + (a.Columns % 2);
        var x = new Matrix<float>(Scratch.Mine.Take<float>(Scratch.Use.Rows, (nint)a.Rows * depth), a.Rows, a.Columns, depth);
        for (var row = 0; row < a.Rows; row++)
        {
            var target = x.Pointer + ((nint)row * depth);
            target[depth - 1] = 0;
            Stored.Copy(a.Pointer + (row * a.RowStride), target, a.Columns);
        }

        return x;
    }

    // As many columns of c as there are lanes.
    private static void Columns<TC>(Matrix<float> x, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate, RowsAhead ahead)
        where TC : unmanaged
    {
        switch (c.Rows)
        {
            case 1: Columns<Bytes.One, TC>(x, b, c, accumulate, ahead); break;
            case 2: Columns<Bytes.Two, TC>(x, b, c, accumulate, ahead); break;
            case 3: Columns<Bytes.Three, TC>(x, b, c, accumulate, ahead); break;
            default: Columns<Bytes.Four, TC>(x, b, c, accumulate, ahead); break;
        }
    }

    private static void Columns<TRows, TC>(Matrix<float> x, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate, RowsAhead ahead)
        where TRows : unmanaged
        where TC : unmanaged
    {
        var sums = stackalloc Vector512<float>[MostRows];
        for (var row = 0; row < MostRows; row++)
        {
            sums[row] = accumulate && row < c.Rows ? Stored.Load<float, TC>(c.Pointer + (row * c.RowStride), Lanes) : default;
        }

        var (pairs, wRow) = (x.Columns / 2, b.ColumnStride / 2);
        var w = (float*)b.Pointer;
        var done = FewRowsBlocks.Float<TRows, PairStep>(pairs, x.Pointer, x.RowStride, w, wRow, ref ahead, sums);
        for (var pair = done; pair < pairs; pair++)
        {
            Add(x.Pointer + (2 * pair), Column((uint*)w + pair, wRow));
        }

        if (x.Columns % 2 != 0)
        {
            Add(x.Pointer + (2 * pairs), Column((ushort*)b.Pointer + x.Columns - 1, b.ColumnStride));
        }

        for (var row = 0; row < c.Rows; row++)
        {
            Stored.Store(sums[row], c.Pointer + (row * c.RowStride), Lanes);
        }

        void Add(float* step, Vector512<float> column) =>
            FewRowsBlocks.Step<TRows, PairStep>(step, x.RowStride, column, ref sums[0], ref sums[1], ref sums[2], ref sums[3]);
    }

    // One pair of every column, where fewer are left than a block has, or the last number, with a zero.
    private static Vector512<float> Column<T>(T* w, nint row)
        where T : unmanaged, IBinaryInteger<T>
    {
        Vector512<uint> column = default;
        for (var lane = 0; lane < Lanes; lane++)
        {
            column = column.WithElement(lane, uint.CreateTruncating(w[lane * row]));
        }

        return column.AsSingle();
    }
}
