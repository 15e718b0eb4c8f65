using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static MoeSharp.Runtime.Transposition512;

namespace MoeSharp.Runtime;

/// <summary>
/// The inner loops of <see cref="FewRows{T}"/> and <see cref="FewPairs"/>: a square block of the weight is loaded a cache line a row and turned in registers, so
/// that a step of the depth is a register; then the steps are multiplied in their order.
/// </summary>
internal static unsafe class FewRowsBlocks
{
    /// <summary>Adds the products of whole blocks of 16 steps to up to four rows of 16 columns.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <typeparam name="TStep">What a step is.</typeparam>
    /// <param name="depth">Steps there are.</param>
    /// <param name="a">The first row of a.</param>
    /// <param name="aRow">Elements from one row of a to the next.</param>
    /// <param name="w">The first of 16 rows of the weight, four bytes a step.</param>
    /// <param name="wRow">Elements from one row of the weight to the next.</param>
    /// <param name="rowsAhead">What is read later, as far as it is not asked for yet.</param>
    /// <param name="sums">The sums, a register a row of a.</param>
    /// <returns>The steps done; fewer than 16 are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Float<TRows, TStep>(int depth, float* a, nint aRow, float* w, nint wRow, ref RowsAhead rowsAhead, Vector512<float>* sums)
        where TRows : unmanaged
        where TStep : struct, IFewRowsStep<float, Vector512<float>>
    {
        var (c0, c1, c2, c3) = (sums[0], sums[1], sums[2], sums[3]);
        var ahead = rowsAhead;
        var done = 0;
        for (; done <= depth - 16; done += 16, a += 16 * TStep.Numbers, w += 16)
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
            FourSteps<TRows, TStep>(a, aRow, Even, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows, TStep>(a + (4 * TStep.Numbers), aRow, Even, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows, TStep>(a + (8 * TStep.Numbers), aRow, Odd, f0, h0, f1, h1, f2, h2, f3, h3, ref c0, ref c1, ref c2, ref c3);
            ahead.TwoLines();
            FourSteps<TRows, TStep>(a + (12 * TStep.Numbers), aRow, Odd, g0, i0, g1, i1, g2, i2, g3, i3, ref c0, ref c1, ref c2, ref c3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (c0, c1, c2, c3);
        rowsAhead = ahead;
        return done;
    }

    /// <summary>As <see cref="Float"/>, of doubles, in blocks of 8.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <param name="depth">Steps there are.</param>
    /// <param name="a">The first row of a.</param>
    /// <param name="aRow">Elements from one row of a to the next.</param>
    /// <param name="w">The first of 8 rows of the weight.</param>
    /// <param name="wRow">Elements from one row of the weight to the next.</param>
    /// <param name="rowsAhead">What is read later, as far as it is not asked for yet.</param>
    /// <param name="sums">The sums, a register a row of a.</param>
    /// <returns>The steps done; fewer than 8 are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Double<TRows>(int depth, double* a, nint aRow, double* w, nint wRow, ref RowsAhead rowsAhead, Vector512<double>* sums)
        where TRows : unmanaged
    {
        var (c0, c1, c2, c3) = (sums[0], sums[1], sums[2], sums[3]);
        var ahead = rowsAhead;
        var done = 0;
        for (; done <= depth - 8; done += 8, a += 8, w += 8)
        {
            // Two rows at a time: quarter q of register j holds step 2q + j of the two.
            ahead.TwoLines();
            Two(w, wRow, out var f0, out var f1);
            ahead.TwoLines();
            Two(w + (2 * wRow), wRow, out var g0, out var g1);
            ahead.TwoLines();
            Two(w + (4 * wRow), wRow, out var h0, out var h1);
            ahead.TwoLines();
            Two(w + (6 * wRow), wRow, out var i0, out var i1);
            Quarters(ref f0, ref g0, ref h0, ref i0);
            Quarters(ref f1, ref g1, ref h1, ref i1);

            Step<TRows>(a, aRow, Avx512F.Shuffle4x128(f0, h0, Even), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 1, aRow, Avx512F.Shuffle4x128(f1, h1, Even), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 2, aRow, Avx512F.Shuffle4x128(g0, i0, Even), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 3, aRow, Avx512F.Shuffle4x128(g1, i1, Even), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 4, aRow, Avx512F.Shuffle4x128(f0, h0, Odd), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 5, aRow, Avx512F.Shuffle4x128(f1, h1, Odd), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 6, aRow, Avx512F.Shuffle4x128(g0, i0, Odd), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 7, aRow, Avx512F.Shuffle4x128(g1, i1, Odd), ref c0, ref c1, ref c2, ref c3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (c0, c1, c2, c3);
        rowsAhead = ahead;
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourSteps<TRows, TStep>(
        float* a, nint aRow, [ConstantExpected] byte which,
        Vector512<float> x0, Vector512<float> y0, Vector512<float> x1, Vector512<float> y1, Vector512<float> x2, Vector512<float> y2, Vector512<float> x3, Vector512<float> y3,
        ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
        where TStep : struct, IFewRowsStep<float, Vector512<float>>
    {
        var numbers = TStep.Numbers;
        Step<TRows, TStep>(a, aRow, Avx512F.Shuffle4x128(x0, y0, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows, TStep>(a + numbers, aRow, Avx512F.Shuffle4x128(x1, y1, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows, TStep>(a + (2 * numbers), aRow, Avx512F.Shuffle4x128(x2, y2, which), ref c0, ref c1, ref c2, ref c3);
        Step<TRows, TStep>(a + (3 * numbers), aRow, Avx512F.Shuffle4x128(x3, y3, which), ref c0, ref c1, ref c2, ref c3);
    }

    /// <summary>Adds the products of one step to up to four rows of 16 columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TRows, TStep>(
        float* a, nint aRow, Vector512<float> w, ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TRows : unmanaged
        where TStep : struct, IFewRowsStep<float, Vector512<float>> =>
        FewRowsStep.Add<TRows, TStep, float, Vector512<float>>(a, aRow, w, ref c0, ref c1, ref c2, ref c3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRows>(double* a, nint aRow, Vector512<double> w, ref Vector512<double> c0, ref Vector512<double> c1, ref Vector512<double> c2, ref Vector512<double> c3)
        where TRows : unmanaged =>
        FewRowsStep.Add<TRows, DoubleStep, double, Vector512<double>>(a, aRow, w, ref c0, ref c1, ref c2, ref c3);
}
