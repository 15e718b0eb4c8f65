using System.Runtime.CompilerServices;

namespace MoeSharp.Runtime;

/// <summary>
/// A product in bfloat16 on one thread, on a processor that multiplies pairs of such numbers (<see cref="PairTiles.AreSupported"/>): in the order of
/// <see cref="Product{T, TVector, TLanes}"/>, with sums in float that are rounded once, at the end.
/// </summary>
internal static unsafe class PairProduct
{
    // Steps of the depth at a time: a tile's rows of a stay in the first-level cache, a block of b in the second.
    private const int DepthAtATime = 1024;
    private const int DepthMultiple = 16;

    // Columns of b at a time; with few rows a block is soon done with: narrow ones, so that little of b is waited for before the first.
    private const int Columns = 256;
    private const int ColumnsOfFewRows = 64;
    private const int FewRows = 384;

    // The gradient of a weight wider than this goes past the cache: nobody reads it soon, and the old contents need not be read first.
    private const int WidestInCache = 256;

    // From this many panels on, a row of tiles reads a from a copy without the gaps, which make cache lines collide.
    private const int PanelsWorthCopying = 4;

    // Rows of a transposed a that are gathered at a time, in whole tiles.
    private const int RowsGathered = 8 * PairTile.MostRows;

    /// <summary>c = a·b, or c += a·b; no extent is zero.</summary>
    /// <param name="a">[m, k], rows or columns side by side.</param>
    /// <param name="b">[k, n], as a; columns of a transposed view an even number of elements apart.</param>
    /// <param name="c">[m, n] of <see cref="float"/> or <see cref="BFloat16"/>, row-major.</param>
    /// <param name="accumulate">Adds to c rather than overwriting it.</param>
    public static void Compute<TC>(Matrix<BFloat16> a, Matrix<BFloat16> b, Matrix<TC> c, bool accumulate)
        where TC : unmanaged
    {
        var began = ProductClock.Begin();
        var depth = Depth.Even(a.Columns, DepthAtATime, DepthMultiple);
        var columns = Depth.Even(c.Columns, c.Rows <= FewRows ? ColumnsOfFewRows : Columns, PairTile.Columns);
        var streams = a.ColumnStride != 1 && c.Columns > WidestInCache && c.Columns % PairTile.Columns == 0 && Stored.CanStream(c);
        for (var column = 0; column < c.Columns; column += columns)
        {
            var width = Math.Min(columns, c.Columns - column);
            var into = c.ColumnRange(column, width);
            if (typeof(TC) == typeof(BFloat16) && depth < a.Columns)
            {
                var sums = new Matrix<float>(Scratch.Mine.Take<float>(Scratch.Use.Transposed, (nint)c.Rows * width), c.Rows, width);
                if (accumulate)
                {
                    Copy(into, sums);
                }

                ComputeColumns(a, b, column, columns, depth, sums, accumulate ? PairTileEnd.Add : PairTileEnd.Store, PairTileEnd.Add);
                Copy(sums, into);
            }
            else
            {
                var end = typeof(TC) == typeof(float)
                    ? accumulate ? PairTileEnd.Add : PairTileEnd.Store
                    : accumulate ? PairTileEnd.AddNarrow : streams ? PairTileEnd.StreamNarrow : PairTileEnd.StoreNarrow;
                ComputeColumns(a, b, column, columns, depth, into, end, PairTileEnd.Add);
            }
        }

        if (streams)
        {
            // Such stores are in no order with others: they come before whatever tells another thread of them.
            Thread.MemoryBarrier();
        }

        ProductClock.End(began);
    }

    private static void Copy<TFrom, TTo>(Matrix<TFrom> from, Matrix<TTo> to)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        for (var row = 0; row < from.Rows; row++)
        {
            Stored.Copy(from.Pointer + (row * from.RowStride), to.Pointer + (row * to.RowStride), from.Columns);
        }
    }

    // An element of c is one chain of sums, begun with c where it is added to, however the depth and c are cut.
    private static void ComputeColumns<TC>(
        Matrix<BFloat16> a, Matrix<BFloat16> b, int column, int columns, int depth, Matrix<TC> c, PairTileEnd first, PairTileEnd others)
        where TC : unmanaged
    {
        for (var step = 0; step < a.Columns; step += depth)
        {
            var length = Math.Min(depth, a.Columns - step);
            var (nextStep, nextColumn) = (step + length, column + c.Columns);
            var next = nextStep < a.Columns ? b.RowRange(nextStep, Math.Min(depth, a.Columns - nextStep)).ColumnRange(column, c.Columns)
                : nextColumn < b.Columns ? b.RowRange(0, Math.Min(depth, a.Columns)).ColumnRange(nextColumn, Math.Min(columns, b.Columns - nextColumn))
                : default;
            ComputeBlock(a.ColumnRange(step, length), b.RowRange(step, length).ColumnRange(column, c.Columns), c, step == 0 ? first : others, next);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeBlock<TC>(Matrix<BFloat16> a, Matrix<BFloat16> b, Matrix<TC> c, PairTileEnd end, Matrix<BFloat16> next)
        where TC : unmanaged
    {
        var pairs = (a.Columns + 1) / 2;
        var panels = (b.Columns + PairTile.Columns - 1) / PairTile.Columns;
        var panel = Scratch.Mine.Take<uint>(Scratch.Use.Panels, (nint)panels * pairs * PairTile.Columns);
        Pairs.GatherPanels(b, panel);

        var transposed = a.ColumnStride != 1;
        var copies = !transposed && (panels >= PanelsWorthCopying || a.Columns % 2 != 0);
        var room = transposed ? Scratch.Mine.Take<uint>(Scratch.Use.Rows, (nint)RowsGathered / PairTile.MostRows * pairs * (Pairs.StepBytes / sizeof(uint)))
            : copies ? (uint*)Scratch.Mine.Take<BFloat16>(Scratch.Use.Rows, (nint)PairTile.MostRows * (a.Columns + 1 + Pairs.Gap))
            : null;
        next = next.ColumnStride == 1 ? next : next.Transposed;
        var strips = (c.Rows + PairTile.MostRows - 1) / PairTile.MostRows;
        var call = new PairTileCall { Depth = pairs };
        for (int first = 0, count, strip = 0; first < c.Rows; first += count)
        {
            if (transposed)
            {
                count = Math.Min(RowsGathered, c.Rows - first);
                Pairs.GatherTransposed(a.RowRange(first, count), c.Rows - first, room);
                call.A = room;
                (call.ARow, call.AStep) = (sizeof(uint), Pairs.StepBytes);
                for (int row = 0, height; row < count; row += height)
                {
                    height = PairTiles.Next(count - row);
                    ComputeStrip(&call, panel, c.RowRange(first + row, height), end, next, strip++ * panels, strips * panels);
                    call.A = (byte*)call.A + ((nint)pairs * Pairs.StepBytes);
                }
            }
            else
            {
                count = PairTiles.Next(c.Rows - first);
                var rows = a.RowRange(first, count);
                call.A = copies ? room : (uint*)rows.Pointer;
                (call.ARow, call.AStep) = (copies ? Pairs.CopyRows(rows, (BFloat16*)room) : rows.RowStride * sizeof(BFloat16), sizeof(uint));
                ComputeStrip(&call, panel, c.RowRange(first, count), end, next, strip++ * panels, strips * panels);
            }
        }
    }

    // One row of tiles.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeStrip<TC>(PairTileCall* call, uint* panel, Matrix<TC> c, PairTileEnd end, Matrix<BFloat16> next, int share, int shares)
        where TC : unmanaged
    {
        var kernel = PairTiles.Of(c.Rows, end);
        call->CRow = c.RowStride * sizeof(TC);
        for (var column = 0; column < c.Columns; column += PairTile.Columns, share++)
        {
            call->B = panel;
            call->Ahead = next.Pointer != null ? Ahead.Share(next, share, shares, call->Depth, call->A) : Ahead.Nothing(call->A);
            panel += call->Depth * PairTile.Columns;
            if (column + PairTile.Columns <= c.Columns)
            {
                call->C = c.Pointer + column;
                kernel(call);
            }
            else
            {
                ComputeEdge(call, kernel, c.ColumnRange(column, c.Columns - column));
            }
        }
    }

    // A tile that sticks out of c is computed beside it, from what c has: the same sums as within.
    private static void ComputeEdge<TC>(PairTileCall* call, delegate* unmanaged<PairTileCall*, void> kernel, Matrix<TC> c)
        where TC : unmanaged
    {
        var edge = Scratch.Mine.Take<TC>(Scratch.Use.Edge, PairTile.MostRows * PairTile.Columns);
        for (var row = 0; row < c.Rows; row++)
        {
            c.Row(row).CopyTo(new Span<TC>(edge + (row * PairTile.Columns), PairTile.Columns));
        }

        call->C = edge;
        call->CRow = PairTile.Columns * sizeof(TC);
        kernel(call);
        for (var row = 0; row < c.Rows; row++)
        {
            new Span<TC>(edge + (row * PairTile.Columns), c.Columns).CopyTo(c.Row(row));
        }
    }
}
