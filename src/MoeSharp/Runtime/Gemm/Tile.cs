using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// The micro-kernel: a tile of c of up to 12 rows by one or two registers stays in registers while the products run over the depth. An element
/// of a is broadcast and multiplied into the registers of b, so a may lie in any order and b needs its columns side by side.
/// </summary>
/// <remarks>
/// The tile's height and width are the sizes in bytes of two type arguments: the JIT reads a size while it imports the code, so what a smaller
/// tile does not need is never compiled and the 24 sums of the largest one all live in registers. Every element of c is one chain of fused
/// multiply-adds in the order of the depth, whatever the tile: cutting c differently changes no bit.
/// </remarks>
internal static unsafe class Tile<T, TVector, TLanes>
    where T : unmanaged
    where TVector : unmanaged
    where TLanes : struct, ILanes<T, TVector>
{
    /// <summary>c = a·b, or c += a·b, over one tile.</summary>
    /// <typeparam name="TRows">As many bytes as the tile has rows.</typeparam>
    /// <typeparam name="TRegisters">As many bytes as a row of the tile has registers: one or two.</typeparam>
    /// <param name="depth">Products a sum.</param>
    /// <param name="a">The tile's first row of a.</param>
    /// <param name="aRow">Elements from one row of a to the next.</param>
    /// <param name="aStep">Elements from one step of the depth to the next in a.</param>
    /// <param name="b">The tile's first column of b.</param>
    /// <param name="bStep">Elements from one step of the depth to the next in b.</param>
    /// <param name="c">The tile.</param>
    /// <param name="cRow">Elements from one row of c to the next.</param>
    /// <param name="accumulate">Adds to the tile rather than overwriting it.</param>
    /// <param name="ahead">What to ask the cache for meanwhile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows, TRegisters>(
        nint depth, T* a, nint aRow, nint aStep, T* b, nint bStep, T* c, nint cRow, bool accumulate, Ahead* ahead)
        where TRows : unmanaged
        where TRegisters : unmanaged
    {
        TVector c0l = default, c0r = default, c1l = default, c1r = default;
        TVector c2l = default, c2r = default, c3l = default, c3r = default;
        TVector c4l = default, c4r = default, c5l = default, c5r = default;
        TVector c6l = default, c6r = default, c7l = default, c7r = default;
        TVector c8l = default, c8r = default, c9l = default, c9r = default;
        TVector c10l = default, c10r = default, c11l = default, c11r = default;

        // The tile is written last and often not in the cache: ask for it now.
        if (Sse.IsSupported)
        {
            for (var row = 0; row < sizeof(TRows); row++)
            {
                Sse.Prefetch0(c + (row * cRow));
                Sse.Prefetch0(c + (row * cRow) + (sizeof(TVector) / sizeof(T)));
            }
        }

        // An address can scale one register only: four bases reach all twelve rows.
        var a3 = a + (3 * aRow);
        var a6 = a + (6 * aRow);
        var a9 = a + (9 * aRow);
        var aRow2 = 2 * aRow;
        var piece = ahead->First;
        var pieces = ahead->Pieces;
        var (nextPiece, nextLine, steps) = (ahead->Piece, ahead->Step, ahead->Steps);
        while (depth > 0)
        {
            var count = nint.Min(steps, depth);
            var line = pieces != null ? *pieces++ : piece;
            depth -= count;
            piece += nextPiece;
            for (; count > 0; count--)
            {
                if (Sse.IsSupported)
                {
                    Sse.Prefetch1(line);
                    line += nextLine;
                }

                var left = TLanes.Load(b);
                var right = sizeof(TRegisters) == 2 ? TLanes.Load(b + (sizeof(TVector) / sizeof(T))) : default;
                b += bStep;

                Products<TRegisters>(*a, left, right, ref c0l, ref c0r);
                if (sizeof(TRows) > 1)
                {
                    Products<TRegisters>(a[aRow], left, right, ref c1l, ref c1r);
                }

                if (sizeof(TRows) > 2)
                {
                    Products<TRegisters>(a[aRow2], left, right, ref c2l, ref c2r);
                }

                if (sizeof(TRows) > 3)
                {
                    Products<TRegisters>(*a3, left, right, ref c3l, ref c3r);
                }

                if (sizeof(TRows) > 4)
                {
                    Products<TRegisters>(a3[aRow], left, right, ref c4l, ref c4r);
                }

                if (sizeof(TRows) > 5)
                {
                    Products<TRegisters>(a3[aRow2], left, right, ref c5l, ref c5r);
                }

                if (sizeof(TRows) > 6)
                {
                    Products<TRegisters>(*a6, left, right, ref c6l, ref c6r);
                }

                if (sizeof(TRows) > 7)
                {
                    Products<TRegisters>(a6[aRow], left, right, ref c7l, ref c7r);
                }

                if (sizeof(TRows) > 8)
                {
                    Products<TRegisters>(a6[aRow2], left, right, ref c8l, ref c8r);
                }

                if (sizeof(TRows) > 9)
                {
                    Products<TRegisters>(*a9, left, right, ref c9l, ref c9r);
                }

                if (sizeof(TRows) > 10)
                {
                    Products<TRegisters>(a9[aRow], left, right, ref c10l, ref c10r);
                }

                if (sizeof(TRows) > 11)
                {
                    Products<TRegisters>(a9[aRow2], left, right, ref c11l, ref c11r);
                }

                a += aStep;
                a3 += aStep;
                a6 += aStep;
                a9 += aStep;
            }
        }

        Put<TRegisters>(c, c0l, c0r, accumulate);
        if (sizeof(TRows) > 1)
        {
            Put<TRegisters>(c + (1 * cRow), c1l, c1r, accumulate);
        }

        if (sizeof(TRows) > 2)
        {
            Put<TRegisters>(c + (2 * cRow), c2l, c2r, accumulate);
        }

        if (sizeof(TRows) > 3)
        {
            Put<TRegisters>(c + (3 * cRow), c3l, c3r, accumulate);
        }

        if (sizeof(TRows) > 4)
        {
            Put<TRegisters>(c + (4 * cRow), c4l, c4r, accumulate);
        }

        if (sizeof(TRows) > 5)
        {
            Put<TRegisters>(c + (5 * cRow), c5l, c5r, accumulate);
        }

        if (sizeof(TRows) > 6)
        {
            Put<TRegisters>(c + (6 * cRow), c6l, c6r, accumulate);
        }

        if (sizeof(TRows) > 7)
        {
            Put<TRegisters>(c + (7 * cRow), c7l, c7r, accumulate);
        }

        if (sizeof(TRows) > 8)
        {
            Put<TRegisters>(c + (8 * cRow), c8l, c8r, accumulate);
        }

        if (sizeof(TRows) > 9)
        {
            Put<TRegisters>(c + (9 * cRow), c9l, c9r, accumulate);
        }

        if (sizeof(TRows) > 10)
        {
            Put<TRegisters>(c + (10 * cRow), c10l, c10r, accumulate);
        }

        if (sizeof(TRows) > 11)
        {
            Put<TRegisters>(c + (11 * cRow), c11l, c11r, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Products<TRegisters>(T a, TVector left, TVector right, ref TVector sumLeft, ref TVector sumRight)
        where TRegisters : unmanaged
    {
        var factor = TLanes.Broadcast(a);
        sumLeft = TLanes.MultiplyAdd(factor, left, sumLeft);
        if (sizeof(TRegisters) == 2)
        {
            sumRight = TLanes.MultiplyAdd(factor, right, sumRight);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TRegisters>(T* c, TVector left, TVector right, bool accumulate)
        where TRegisters : unmanaged
    {
        var next = c + (sizeof(TVector) / sizeof(T));
        TLanes.Store(accumulate ? TLanes.Add(TLanes.Load(c), left) : left, c);
        if (sizeof(TRegisters) == 2)
        {
            TLanes.Store(accumulate ? TLanes.Add(TLanes.Load(next), right) : right, next);
        }
    }
}
