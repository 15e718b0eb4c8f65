using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static MoeSharp.Runtime.Transposition512;

namespace MoeSharp.Runtime;

/// <summary>
/// The inner loop of <see cref="FewPairs"/>: a square block of the weight is loaded a cache line a row and turned in registers, so that a step of the depth, a
/// pair of every column, is a register; then the steps are multiplied in their order.
/// </summary>
internal static unsafe class FewPairsBlocks
{
    /// <summary>Adds the products of whole blocks of 16 steps to up to four rows of 16 columns.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <param name="depth">Steps there are, each a pair of numbers.</param>
    /// <param name="a">The first row of a, in float.</param>
    /// <param name="aRow">Elements from one row of a to the next.</param>
    /// <param name="w">The first of 16 rows of the weight, four bytes a step.</param>
    /// <param name="wRow">Steps from one row of the weight to the next.</param>
    /// <param name="ahead">What is read later.</param>
    /// <param name="sums">The sums, a register a row of a.</param>
    /// <returns>The steps done; fewer than 16 are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Compute<TRows>(int depth, float* a, nint aRow, float* w, nint wRow, RowsAhead<BFloat16> ahead, Vector512<float>* sums)
        where TRows : unmanaged
    {
        var (c0, c1, c2, c3) = (sums[0], sums[1], sums[2], sums[3]);
        var done = 0;
        for (; done <= depth - 16; done += 16, a += 32, w += 16)
        {
            // Four rows at a time: quarter q of register j holds step 4q + j of the four.
            ahead.TwoLines();
            Four(w, wRow, out var f0, out var f1, out var f2, out var f3);
            ahead.TwoLines();
            Four(w + (4 * wRow), wRow, out var g0, out var g1, out var g2, out var g3);
            ahead.TwoLines();
            Four(w + (8 * wRow), wRow, out var h0, out var h1, out var h2, out var h3);
            ahead.TwoLines();
            Four(w + (12 * wRow), wRow, out var i0, out var i1, out var i2, out var i3);

            // The quarters change places: steps 0 to 3 and 8 to 11 come of the even ones.
            Quarters(ref f0, ref g0, ref h0, ref i0);
            Quarters(ref f1, ref g1, ref h1, ref i1);
            Quarters(ref f2, ref g2, ref h2, ref i2);
            Quarters(ref f3, ref g3, ref h3, ref i3);

            ahead.TwoLines();
            FourSteps<TRows>(a, aRow, Even, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows>(a + 8, aRow, Even, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows>(a + 16, aRow, Odd, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows>(a + 24, aRow, Odd, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (c0, c1, c2, c3);
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourSteps<TRows>(
        float* a, nint aRow, [ConstantExpected] byte which,
        Vector512<float> x0, Vector512<float> y0, Vector512<float> x1, Vector512<float> y1, Vector512<float> x2, Vector512<float> y2, Vector512<float> x3, Vector512<float> y3,
        ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
    {
        Step<TRows>(a, aRow, Avx512F.Shuffle4x128(x0, y0, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(a + 2, aRow, Avx512F.Shuffle4x128(x1, y1, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(a + 4, aRow, Avx512F.Shuffle4x128(x2, y2, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows>(a + 6, aRow, Avx512F.Shuffle4x128(x3, y3, which), ref c0, ref c1, ref c2, ref c3);
    }

    /// <summary>Adds the products of one step to up to four rows of 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TRows>(
        float* a, nint aRow, Vector512<float> w, ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
    {
        c0 = Add(a, w, c0);
        if (sizeof(TRows) > 1)
        {
            c1 = Add(a + aRow, w, c1);
        }

        if (sizeof(TRows) > 2)
        {
            c2 = Add(a + (2 * aRow), w, c2);
        }

        if (sizeof(TRows) > 3)
        {
            c3 = Add(a + (3 * aRow), w, c3);
        }
    }

    // Of a pair the second product is added first, as the processor's own instruction does.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float* a, Vector512<float> w, Vector512<float> sum)
    {
        var first = (w.AsUInt32() << 16).AsSingle();
        var second = (w.AsUInt32() & Vector512.Create(0xFFFF0000u)).AsSingle();
        return Vector512.FusedMultiplyAdd(Vector512.Create(*a), first, Vector512.FusedMultiplyAdd(Vector512.Create(a[1]), second, sum));
    }
}
