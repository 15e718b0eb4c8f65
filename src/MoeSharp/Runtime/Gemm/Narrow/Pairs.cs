using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// Copies of the operands of <see cref="PairProduct"/> in the order the micro-kernel reads them: two steps of the depth that follow each other lie side by
/// side, for every column of b and, where a is a transposed view, for every row of a. An odd depth ends in a pair with a zero.
/// </summary>
internal static unsafe class Pairs
{
    /// <summary>Bytes from one step to the next in the copy of a transposed a: a cache line, two pairs of which no tile reads.</summary>
    public const int StepBytes = 64;

    /// <summary>Elements between copied rows: rows a power of two apart would share a few lines of the first-level cache.</summary>
    public const int Gap = 32;

    private const int PairsInStep = StepBytes / sizeof(uint);

    // Enough for the memory's latency, few enough for the requests a core can have open.
    private const int StepsAhead = 4;

    // Steps of a transposed a at a time: what lies side by side in a step is still in the cache for the next tile's rows.
    private const int StepsAtATime = 8;

    // Words of two registers in turns: the first sixteen of each, and the others.
    private static readonly Vector512<ushort> s_lower = Turns(0);
    private static readonly Vector512<ushort> s_upper = Turns(16);

    /// <summary>Copies a block of b into panels, each <see cref="PairTile.Columns"/> pairs wide; columns b does not have become zeros.</summary>
    /// <param name="b">[depth, columns]; rows or columns lie side by side, and columns of a transposed view an even number of elements apart.</param>
    /// <param name="memory">Room for panels × pairs × <see cref="PairTile.Columns"/>.</param>
    public static void GatherPanels(Matrix<BFloat16> b, uint* memory)
    {
        var pairs = (b.Rows + 1) / 2;
        var whole = b.Columns / PairTile.Columns * PairTile.Columns;
        var panel = (nint)pairs * PairTile.Columns;
        if (b.ColumnStride == 1)
        {
            Interleave(b.ColumnRange(0, whole), memory);
        }
        else
        {
            for (var column = 0; column < whole; column += PairTile.Columns)
            {
                Turn(b.ColumnRange(column, PairTile.Columns), memory + (column / PairTile.Columns * panel));
            }
        }

        if (whole == b.Columns)
        {
            return;
        }

        var rest = b.ColumnRange(whole, b.Columns - whole);
        var last = memory + (whole / PairTile.Columns * panel);
        new Span<uint>(last, checked((int)panel)).Clear();
        for (var step = 0; step < b.Rows; step++)
        {
            var into = (BFloat16*)(last + (step / 2 * PairTile.Columns)) + (step % 2);
            for (var column = 0; column < rest.Columns; column++)
            {
                into[2 * column] = rest[step, column];
            }
        }
    }

    /// <summary>Copies rows, filled up to whole pairs.</summary>
    /// <param name="a">[rows, depth], columns side by side.</param>
    /// <param name="room">Room for rows × (depth + <see cref="Gap"/>).</param>
    /// <returns>Bytes from one copied row to the next.</returns>
    public static nint CopyRows(Matrix<BFloat16> a, BFloat16* room)
    {
        var stride = a.Columns + (a.Columns % 2) + Gap;
        for (var row = 0; row < a.Rows; row++)
        {
            var copy = room + ((nint)row * stride);
            Stored.CopyRow(a.Pointer + (row * a.RowStride), copy, a.Columns);
            copy[a.Columns] = default;
        }

        return stride * sizeof(BFloat16);
    }

    /// <summary>Copies rows of a transposed view, tile by tile: the pairs of a tile's rows at one step are one line.</summary>
    /// <param name="a">[rows, depth], rows side by side.</param>
    /// <param name="following">Rows there are from the first of <paramref name="a"/> on, which may be more than it has.</param>
    /// <param name="room">Room for tiles × pairs × <see cref="StepBytes"/>, on a cache line.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherTransposed(Matrix<BFloat16> a, int following, uint* room)
    {
        var pairs = (a.Columns + 1) / 2;
        var tile = (nint)pairs * PairsInStep;
        for (var step = 0; step < pairs; step += StepsAtATime)
        {
            var steps = Math.Min(StepsAtATime, pairs - step);
            var into = room + (step * PairsInStep);
            for (int row = 0, height; row < a.Rows; row += height, into += tile)
            {
                height = PairTiles.Next(a.Rows - row);
                var first = a.Pointer + row + (2 * step * a.ColumnStride);

                // A whole register may be read where as many rows follow.
                var isWhole = row + PairsInStep <= following;
                for (var i = 0; i < steps; i++, first += 2 * a.ColumnStride)
                {
                    var second = (2 * (step + i)) + 1 < a.Columns ? first + a.ColumnStride : null;
                    var target = into + (i * PairsInStep);
                    if (isWhole)
                    {
                        var low = Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)first));
                        var high = second is null ? default : Avx512F.ConvertToVector512UInt32(Vector256.Load((ushort*)second));
                        (low | (high << 16)).StoreAligned(target);
                    }
                    else
                    {
                        for (var pair = 0; pair < height; pair++)
                        {
                            target[pair] = ((ushort*)first)[pair] | (second is null ? 0 : (uint)((ushort*)second)[pair] << 16);
                        }
                    }
                }
            }
        }
    }

    // Rows of b lie side by side: two of them in turns, a step of all panels at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleave(Matrix<BFloat16> b, uint* memory)
    {
        var (lower, upper) = (s_lower, s_upper);
        var next = (nint)((b.Rows + 1) / 2) * PairTile.Columns;
        var source = (ushort*)b.Pointer;
        for (var step = 0; step < b.Rows; step += 2, source += 2 * b.RowStride, memory += PairTile.Columns)
        {
            var hasSecond = step + 1 < b.Rows;
            var second = source + b.RowStride;
            var soon = source + (2 * StepsAhead * b.RowStride);
            var soonSecond = second + (2 * StepsAhead * b.RowStride);
            var panel = memory;
            for (var column = 0; column < b.Columns; column += PairTile.Columns, panel += next)
            {
                Sse.Prefetch0(soon + column);
                Sse.Prefetch0(soonSecond + column);
                var even = Vector512.Load(source + column);
                var odd = hasSecond ? Vector512.Load(second + column) : default;
                Avx512BW.PermuteVar32x16x2(even, lower, odd).AsUInt32().Store(panel);
                Avx512BW.PermuteVar32x16x2(even, upper, odd).AsUInt32().Store(panel + (PairTile.Columns / 2));
            }
        }
    }

    // Columns of b lie side by side, and so do the pairs in them: these are turned as if they were numbers of four bytes.
    private static void Turn(Matrix<BFloat16> b, uint* panel)
    {
        var pairs = b.Rows / 2;
        Transposition.Copy((float*)b.Pointer, b.ColumnStride / 2, PairTile.Columns, pairs, (float*)panel, PairTile.Columns);
        if (b.Rows % 2 != 0)
        {
            for (var column = 0; column < PairTile.Columns; column++)
            {
                panel[((nint)pairs * PairTile.Columns) + column] = *(ushort*)(b.Pointer + (column * b.ColumnStride) + b.Rows - 1);
            }
        }
    }

    private static Vector512<ushort> Turns(int first)
    {
        Span<ushort> words = stackalloc ushort[Vector512<ushort>.Count];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = (ushort)(first + (i / 2) + (i % 2 * words.Length));
        }

        return Vector512.Create<ushort>(words);
    }
}
