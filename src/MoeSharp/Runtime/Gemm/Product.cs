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
    // A megabyte of b at a time, half of the second-level cache of a server core: Depth elements by Columns.
    private const int DepthBytes = 2048;
    private const int Columns = 512;

    // Up to this many rows of c, a row-major b is read where it lies: gathering it costs more than reading it awkwardly.
    private const int RowsReadInPlace = 24;

    // From this many tiles on, a row of tiles reads a from a copy without the gaps, which make cache lines collide.
    private const int TilesWorthCopying = 4;

    // Rows of c that are computed transposed at a time.
    private const int TransposedColumns = 512;

    private static int Lanes => Tiles<T, TVector, TLanes>.Lanes;

    private static int TileColumns => 2 * Tiles<T, TVector, TLanes>.Lanes;

    /// <summary>c = a·b, or c += a·b; no extent is zero.</summary>
    public static void Compute(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate)
    {
        if (b.ColumnStride != 1 && TransposedIsCheaper(a, c))
        {
            ComputeTransposed(a, b, c, accumulate);
        }
        else
        {
            ComputeInOrder(a, b, c, accumulate);
        }
    }

    // A b whose columns do not lie side by side must be gathered, n·k elements of it. Computing cᵀ = bᵀ·aᵀ gathers a instead, m·k elements,
    // and moves the m·n of c twice, each about as costly.
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

            ComputeInOrder(b.ColumnRange(first, count).Transposed, a.Transposed, turned, accumulate);
            Transposition.Copy(turned.Pointer, turned.RowStride, turned.Rows, turned.Columns, part.Pointer, part.RowStride);
        }
    }

    // The depth is cut by its length alone, so an element of c is the same sum of the same partial sums in any product of that depth.
    private static void ComputeInOrder(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate)
    {
        var depth = Cut(a.Columns, DepthBytes / sizeof(T), 8);
        var columns = Cut(c.Columns, Columns, TileColumns);
        for (var column = 0; column < c.Columns; column += columns)
        {
            var width = Math.Min(columns, c.Columns - column);
            for (var step = 0; step < a.Columns; step += depth)
            {
                var length = Math.Min(depth, a.Columns - step);
                ComputeBlock(
                    a.ColumnRange(step, length), b.RowRange(step, length).ColumnRange(column, width), c.ColumnRange(column, width), accumulate || step > 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate)
    {
        var depth = a.Columns;
        var whole = c.Columns / TileColumns;
        var rest = c.Columns % TileColumns;
        var inPlace = b.ColumnStride == 1 && c.Rows <= RowsReadInPlace;
        var scratch = Scratch.Mine;
        var panels = scratch.Take<T>(Scratch.Use.Panels, (nint)Up(c.Columns, TileColumns) * depth);
        var panel = inPlace ? TileColumns : (nint)TileColumns * depth;
        var panelStep = inPlace ? b.RowStride : TileColumns;
        var restPanel = panels + ((nint)whole * TileColumns * depth);
        if (!inPlace)
        {
            for (var tile = 0; tile < whole; tile++)
            {
                Panel.Gather(b.ColumnRange(tile * TileColumns, TileColumns), panels + (tile * panel), TileColumns);
            }
        }

        if (rest > 0)
        {
            Panel.Gather(b.ColumnRange(c.Columns - rest, rest), restPanel, TileColumns);
        }

        var start = inPlace ? b.Pointer : panels;
        var edge = scratch.Take<T>(Scratch.Use.Edge, Tiles<T, TVector, TLanes>.Rows * TileColumns);
        var copyRows = whole >= TilesWorthCopying;
        var rows = copyRows ? scratch.Take<T>(Scratch.Use.Rows, Tiles<T, TVector, TLanes>.Rows * (depth + Panel.Gap)) : null;
        for (int first = 0, count; first < c.Rows; first += count)
        {
            count = Tiles<T, TVector, TLanes>.Next(c.Rows - first);
            var strip = a.RowRange(first, count);
            if (copyRows)
            {
                strip = Panel.CopyRows(strip, rows);
            }

            var into = c.Pointer + (first * c.RowStride);
            var kernel = Tiles<T, TVector, TLanes>.Wide(count);
            for (var tile = 0; tile < whole; tile++)
            {
                kernel(depth, strip.Pointer, strip.RowStride, strip.ColumnStride, start + (tile * panel), panelStep, into, c.RowStride, accumulate);
                into += TileColumns;
            }

            if (rest > 0)
            {
                kernel = rest > Lanes ? kernel : Tiles<T, TVector, TLanes>.Narrow(count);
                kernel(depth, strip.Pointer, strip.RowStride, strip.ColumnStride, restPanel, TileColumns, edge, TileColumns, false);
                CopyEdge(edge, into, c.RowStride, count, rest, accumulate);
            }
        }
    }

    // What of a tile lies within c.
    private static void CopyEdge(T* edge, T* c, nint cRow, int rows, int columns, bool accumulate)
    {
        for (var row = 0; row < rows; row++, edge += TileColumns, c += cRow)
        {
            if (!accumulate)
            {
                new Span<T>(edge, columns).CopyTo(new Span<T>(c, columns));
                continue;
            }

            for (var column = 0; column < columns; column++)
            {
                c[column] += edge[column];
            }
        }
    }

    // The even pieces, none longer than limit, that a length is cut into.
    private static int Cut(int length, int limit, int multiple)
    {
        var pieces = (length + limit - 1) / limit;
        return Up((length + pieces - 1) / pieces, multiple);
    }

    private static int Up(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
