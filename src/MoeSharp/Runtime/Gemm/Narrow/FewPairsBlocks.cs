using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static MoeSharp.Runtime.Transposition512;

namespace MoeSharp.Runtime;

/// <summary>The inner loop of <see cref="FewPairs"/>, that of <see cref="FewRowsBlocks"/> with a pair for a number: 16 rows of the weight by 16 pairs are turned in registers.</summary>
internal static unsafe class FewPairsBlocks
{
    // The weight is asked for this many cache lines ahead: each of its rows lies in a page of its own, which the processor does not foresee.
    private const int LinesAhead = 8;
    private const int PairsInLine = 16;

    /// <summary>Adds the products of whole blocks of 16 pairs to up to four rows of 16 columns.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <param name="pairs">Pairs there are.</param>
    /// <param name="x">The first row of a, in float.</param>
    /// <param name="xRow">Elements from one row of a to the next.</param>
    /// <param name="w">The first of 16 rows of the weight, whose pairs stand for numbers of four bytes.</param>
    /// <param name="wRow">Pairs from one row of the weight to the next.</param>
    /// <param name="next">What is read after the last pair.</param>
    /// <param name="sums">The sums, a register a row of a.</param>
    /// <returns>The pairs done; fewer than 16 are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Run<TRows>(int pairs, float* x, nint xRow, float* w, nint wRow, float* next, Vector512<float>* sums)
        where TRows : unmanaged
    {
        var (c0, c1, c2, c3) = (sums[0], sums[1], sums[2], sums[3]);
        var done = 0;
        for (; done <= pairs - PairsInLine; done += PairsInLine, x += 2 * PairsInLine, w += PairsInLine)
        {
            var ahead = done + (LinesAhead * PairsInLine);
            Prefetch(ahead < pairs ? w + (LinesAhead * PairsInLine) : next + (ahead - pairs), wRow);

            // Four rows at a time: quarter q of register j holds pair 4q + j of the four.
            Four(w, wRow, out var f0, out var f1, out var f2, out var f3);
            Four(w + (4 * wRow), wRow, out var g0, out var g1, out var g2, out var g3);
            Four(w + (8 * wRow), wRow, out var h0, out var h1, out var h2, out var h3);
            Four(w + (12 * wRow), wRow, out var i0, out var i1, out var i2, out var i3);

            // The quarters change places: pairs 0 to 3 and 8 to 11 come of the even ones.
            Quarters(ref f0, ref g0, ref h0, ref i0);
            Quarters(ref f1, ref g1, ref h1, ref i1);
            Quarters(ref f2, ref g2, ref h2, ref i2);
            Quarters(ref f3, ref g3, ref h3, ref i3);

            FourSteps<TRows>(x, xRow, Even, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            FourSteps<TRows>(x + 8, xRow, Even, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
            FourSteps<TRows>(x + 16, xRow, Odd, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            FourSteps<TRows>(x + 24, xRow, Odd, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (c0, c1, c2, c3);
        return done;
    }

    /// <summary>Adds the products of one pair, the second first, to up to four rows of 16 columns.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <param name="x">The pair of the first row of a, in float.</param>
    /// <param name="xRow">Elements from one row of a to the next.</param>
    /// <param name="w">The pairs of 16 columns: the first number of each in the lower half of its lane.</param>
    /// <param name="c0">The sums of the first row,</param>
    /// <param name="c1">of the second,</param>
    /// <param name="c2">of the third</param>
    /// <param name="c3">and of the fourth.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TRows>(float* x, nint xRow, Vector512<float> w, ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
    {
        var first = (w.AsUInt32() << 16).AsSingle();
        var second = (w.AsUInt32() & Vector512.Create(0xFFFF0000u)).AsSingle();
        c0 = Add(x, first, second, c0);
        if (sizeof(TRows) > 1)
        {
            c1 = Add(x + xRow, first, second, c1);
        }

        if (sizeof(TRows) > 2)
        {
            c2 = Add(x + (2 * xRow), first, second, c2);
        }

        if (sizeof(TRows) > 3)
        {
            c3 = Add(x + (3 * xRow), first, second, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourSteps<TRows>(
        float* x, nint xRow, [ConstantExpected] byte which,
        Vector512<float> u0, Vector512<float> v0, Vector512<float> u1, Vector512<float> v1, Vector512<float> u2, Vector512<float> v2, Vector512<float> u3, Vector512<float> v3,
        ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
    {
        Step<TRows>(x, xRow, Avx512F.Shuffle4x128(u0, v0, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(x + 2, xRow, Avx512F.Shuffle4x128(u1, v1, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(x + 4, xRow, Avx512F.Shuffle4x128(u2, v2, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(x + 6, xRow, Avx512F.Shuffle4x128(u3, v3, which), ref c0, ref c1, ref c2, ref c3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float* x, Vector512<float> first, Vector512<float> second, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(*x), first, Vector512.FusedMultiplyAdd(Vector512.Create(x[1]), second, sum));

    // A line of each of 16 rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(float* line, nint row)
    {
        for (var i = 0; i < Vector512<float>.Count; i += 4, line += 4 * row)
        {
            Sse.Prefetch1(line);
            Sse.Prefetch1(line + row);
            Sse.Prefetch1(line + (2 * row));
            Sse.Prefetch1(line + (3 * row));
        }
    }
}
