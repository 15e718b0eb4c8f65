using System.Numerics;
using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>
/// A product on one thread, after Goto and van de Geijn (Anatomy of high-performance matrix multiplication, 2008): b is cut into blocks that
/// stay in the second-level cache, the rows of a that a row of tiles reads stay in the first, and a tile of c stays in registers.
/// </summary>
internal static unsafe class Product<T, TVector, TLanes>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : struct, ILanes<T, TVector>
{
    // Columns of b at a time, half a megabyte: a quarter of the second-level cache of a server core.
    private const int Columns = 512;

    // With few rows a block of b is soon done with: narrow ones, so that little of b is waited for before the first. The rows of a transposed a are gathered
    // anew for each block: more of them make that dearer than the waiting.
    private const int FewRows = 384;
    private const int FewRowsOfTransposed = 192;
    private const int ColumnsOfFewRows = 64;

    // Up to this many rows of c, a row-major b is read where it lies: gathering it costs more than reading it awkwardly. Where its rows lie far apart the
    // steps of a tile share few sets of the first-level cache and push each other out, and it pays sooner to gather.
    private const int RowsReadInPlace = 132;
    private const int RowsReadInPlaceIfWide = 12;
    private const int WideBytes = 512;

    // From this many tiles and this depth on, a row of tiles reads a from a copy without the gaps, which make cache lines collide.
    private const int TilesWorthCopying = 4;
    private const int DepthWorthCopying = 64;

    // Rows of a this far apart, or a multiple of it, lie in the same few lines of the first-level cache: with so many blocks of b all of a is copied first.
    private const int CollidingBytes = 4096;
    private const int BlocksWorthCopying = 4;

    // Rows of a transposed a that are gathered at a time: whole tiles, unless few are left.
    private const int RowsGathered = 96;
    private const int MostRowsGathered = 108;
    private const int StepsGathered = 8;

    // Up to this many bytes b is in the second-level cache before long, and the rows that are read after the product may be asked for. A larger b is itself
    // waited for: its next block is worth more.
    private const int BytesOfSmall = 256 << 10;

    // Columns of c that are computed transposed at a time.
    private const int TransposedColumns = 512;

    private static int Lanes => Tiles<T, TVector, TLanes>.Lanes;

    /// <summary>c = a·b, or c += a·b; no extent is zero.</summary>
    public static void Compute(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, in RowsSoon soon = default)
    {
        if (b.ColumnStride != 1 && !Turns(b) && TransposedIsCheaper(a, c))
        {
            ComputeTransposed(a, b, c, accumulate);
        }
        else
        {
            ComputeInOrder(a, b, c, accumulate, soon);
        }
    }

    private static bool IsFew(Matrix<T> a) => a.Rows <= (a.ColumnStride == 1 ? FewRows : FewRowsOfTransposed);

    // Registers of 512 bits turn a transposed b while it is gathered. Of a product of 48 rows that takes a fifteenth: less than a transposed product loses
    // on lanes that have no row of a.
    private static bool Turns(Matrix<T> b) => sizeof(TVector) == 64 && b.RowStride == 1;

    // Without such registers a b whose columns do not lie side by side must be gathered one by one, n·k elements of it. Computing cᵀ = bᵀ·aᵀ gathers a
    // instead, m·k elements, and moves the m·n of c twice, each about as costly.
    private static bool TransposedIsCheaper(Matrix<T> a, Matrix<T> c) =>
        (nint)c.Rows * (a.Columns + (2 * (nint)c.Columns)) < (nint)c.Columns * a.Columns / 4 * 3;

    private static void ComputeTransposed(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate)
    {
        var row = Up(c.Rows, Lanes);
        var memory = Scratch.Mine.Take<T>(Scratch.Use.Transposed, (nint)row * Math.Min(c.Columns, TransposedColumns));
        for (var first = 0; first < c.Columns; first += TransposedColumns)
        {
            var count = Math.Min(TransposedColumns, c.Columns - first);
            var part = c.ColumnRange(first, count);
            var turned = new Matrix<T>(memory, count, c.Rows, row);
            if (accumulate)
            {
                Transposition.Copy(part.Pointer, part.RowStride, part.Rows, part.Columns, turned.Pointer, turned.RowStride);
            }

            ComputeInOrder(b.ColumnRange(first, count).Transposed, a.Transposed, turned, accumulate, default);
            Transposition.Copy(turned.Pointer, turned.RowStride, turned.Rows, turned.Columns, part.Pointer, part.RowStride);
        }
    }

    // The depth is cut by its length alone, so an element of c is the same sum of the same partial sums in any product of that depth.
    private static void ComputeInOrder(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, in RowsSoon soon)
    {
        var depth = Depth.Of<T>(a.Columns);
        var narrow = IsFew(a) && (b.ColumnStride == 1 || Turns(b));
        var columns = Depth.Even(c.Columns, narrow ? ColumnsOfFewRows : Columns, 2 * Lanes);
        if (narrow && a.ColumnStride == 1 && a.RowStride * sizeof(T) % CollidingBytes == 0 && c.Columns >= BlocksWorthCopying * columns)
        {
            a = Panel.CopyRows(a, Scratch.Mine.Take<T>(Scratch.Use.Left, (nint)a.Rows * (a.Columns + Panel.Gap)));
        }

        var asksForRows = (nint)b.Rows * b.Columns * sizeof(T) <= BytesOfSmall;
        var shares = asksForRows ? new SoonShares(soon, Strips(c.Rows) * (c.Columns / (2 * Lanes)) * ((a.Columns + depth - 1) / depth)) : default;
        for (var column = 0; column < c.Columns; column += columns)
        {
            var width = Math.Min(columns, c.Columns - column);
            for (var step = 0; step < a.Columns; step += depth)
            {
                var length = Math.Min(depth, a.Columns - step);
                var nextStep = step + length;
                var nextColumn = column + width;
                var next = nextStep < a.Columns ? b.RowRange(nextStep, Math.Min(depth, a.Columns - nextStep)).ColumnRange(column, width)
                    : nextColumn < c.Columns ? b.RowRange(0, Math.Min(depth, a.Columns)).ColumnRange(nextColumn, Math.Min(columns, c.Columns - nextColumn))
                    : default;
                ComputeBlock(
                    a.ColumnRange(step, length), b.RowRange(step, length).ColumnRange(column, width), c.ColumnRange(column, width), accumulate || step > 0, next,
                    ref shares);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, Matrix<T> nextB, ref SoonShares soon)
    {
        var inPlace = b.ColumnStride == 1 && c.Rows <= (b.RowStride * sizeof(T) > WideBytes ? RowsReadInPlaceIfWide : RowsReadInPlace);
        var panels = new Panels<T>(b, 2 * Lanes, inPlace);
        var copies = panels.Whole >= TilesWorthCopying && a.Columns >= DepthWorthCopying;
        var room = copies ? Scratch.Mine.Take<T>(Scratch.Use.Rows, (nint)MostRowsGathered * (a.Columns + Panel.Gap)) : null;
        var tiles = Math.Max(1, panels.Whole);

        // The next block of b, a share a tile; or else, strip by strip, the next rows of a.
        var asksForB = !inPlace && (b.ColumnStride == 1 || Turns(b)) && nextB.Pointer != null && IsFew(a);
        nextB = nextB.ColumnStride == 1 ? nextB : nextB.Transposed;
        var asksForA = !asksForB && a.ColumnStride == 1;
        var strips = Strips(c.Rows);
        for (int first = 0, count, strip = 0; first < c.Rows; first += count)
        {
            // Steps of a transposed view are far apart: several tiles' rows are gathered at a time, to read more of each step.
            var gathers = copies && a.ColumnStride != 1 && a.RowStride == 1;
            var left = c.Rows - first;
            count = !gathers ? Tiles<T, TVector, TLanes>.Next(left) : left > MostRowsGathered ? RowsGathered : left;
            var rows = a.RowRange(first, count);
            var into = c.RowRange(first, count);
            if (gathers)
            {
                GatherRows(rows, room);
                for (int row = 0, height; row < count; row += height)
                {
                    height = Tiles<T, TVector, TLanes>.Next(count - row);
                    ComputeStrip(
                        new Matrix<T>(room + ((nint)row * a.Columns), height, a.Columns, 1, height), panels, into.RowRange(row, height), accumulate,
                        asksForB ? nextB : default, strip++ * tiles, strips * tiles, ref soon);
                }
            }
            else
            {
                var nextRows = asksForA && first + count < c.Rows ? a.RowRange(first + count, Tiles<T, TVector, TLanes>.Next(c.Rows - first - count)) : default;
                ComputeStrip(
                    copies ? Panel.CopyRows(rows, room) : rows, panels, into, accumulate,
                    asksForB ? nextB : nextRows, asksForB ? strip++ * tiles : 0, asksForB ? strips * tiles : tiles, ref soon);
            }
        }
    }

    // Some steps at a time, so that what lies side by side in a step is still in the cache for the next tile's rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GatherRows(Matrix<T> a, T* room)
    {
        for (var step = 0; step < a.Columns; step += StepsGathered)
        {
            var steps = a.ColumnRange(step, Math.Min(StepsGathered, a.Columns - step)).Transposed;
            for (int row = 0, strip; row < a.Rows; row += strip)
            {
                strip = Tiles<T, TVector, TLanes>.Next(a.Rows - row);
                Panel.CopySteps(steps.ColumnRange(row, strip), room + ((nint)row * a.Columns) + (step * strip), strip);
            }
        }
    }

    // One row of tiles.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeStrip(
        Matrix<T> a, Panels<T> panels, Matrix<T> c, bool accumulate, Matrix<T> next, int share, int shares, ref SoonShares soon)
    {
        var depth = a.Columns;
        var into = c.Pointer;
        var kernel = Tiles<T, TVector, TLanes>.Wide(a.Rows);
        var panel = panels.First;
        for (var tile = 0; tile < panels.Whole; tile++)
        {
            var ahead = soon.Next(depth, out var listed) ? listed
                : next.Pointer != null ? Ahead.Share(next, share + tile, shares, depth, a.Pointer)
                : tile + 1 < panels.Whole ? Ahead.Share(new Matrix<T>(into + (2 * Lanes), c.Rows, 2 * Lanes, c.RowStride), 0, 1, depth, a.Pointer)
                : Ahead.Nothing(a.Pointer);
            kernel(depth, a.Pointer, a.RowStride, a.ColumnStride, panel, panels.Step, into, c.RowStride, accumulate, &ahead);
            panel += panels.Next;
            into += 2 * Lanes;
        }

        if (panels.Rest == 0)
        {
            return;
        }

        var nothing = Ahead.Nothing(a.Pointer);
        kernel = panels.Rest > Lanes ? kernel : Tiles<T, TVector, TLanes>.Narrow(a.Rows);
        if (panels.Rest == Lanes)
        {
            kernel(depth, a.Pointer, a.RowStride, a.ColumnStride, panels.Last, 2 * Lanes, into, c.RowStride, accumulate, &nothing);
            return;
        }

        var edge = Scratch.Mine.Take<T>(Scratch.Use.Edge, 2 * Lanes * a.Rows);
        kernel(depth, a.Pointer, a.RowStride, a.ColumnStride, panels.Last, 2 * Lanes, edge, 2 * Lanes, false, &nothing);
        CopyEdge(edge, into, c.RowStride, a.Rows, panels.Rest, accumulate);
    }

    // What of a tile lies within c.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyEdge(T* edge, T* c, nint cRow, int rows, int columns, bool accumulate)
    {
        for (var row = 0; row < rows; row++, edge += 2 * Lanes, c += cRow)
        {
            for (var column = 0; column < columns; column++)
            {
                c[column] = accumulate ? c[column] + edge[column] : edge[column];
            }
        }
    }

    private static int Strips(int rows) => (rows + Tiles<T, TVector, TLanes>.Rows - 1) / Tiles<T, TVector, TLanes>.Rows;

    private static int Up(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
