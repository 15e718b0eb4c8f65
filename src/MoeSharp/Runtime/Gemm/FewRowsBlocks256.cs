using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// The inner loop of <see cref="FewRows{T}"/> in registers of 256 bits: eight rows of the weight are turned in registers, so that a step of the depth is a
/// register; then the steps are multiplied in their order.
/// </summary>
internal static unsafe class FewRowsBlocks256
{
    /// <summary>Adds the products of whole blocks of four steps to up to four rows of 8 columns.</summary>
    /// <typeparam name="TRows">As many bytes as there are rows.</typeparam>
    /// <param name="depth">Steps there are.</param>
    /// <param name="a">The first row of a.</param>
    /// <param name="aRow">Elements from one row of a to the next.</param>
    /// <param name="w">The first of 8 rows of the weight.</param>
    /// <param name="wRow">Elements from one row of the weight to the next.</param>
    /// <param name="rowsAhead">What is read later, as far as it is not asked for yet.</param>
    /// <param name="sums">The sums, a register a row of a.</param>
    /// <returns>The steps done; fewer than four are left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Float<TRows>(int depth, float* a, nint aRow, float* w, nint wRow, ref RowsAhead rowsAhead, Vector256<float>* sums)
        where TRows : unmanaged
    {
        var (c0, c1, c2, c3) = (sums[0], sums[1], sums[2], sums[3]);
        var ahead = rowsAhead;
        var done = 0;
        for (; done <= depth - 4; done += 4, a += 4, w += 4)
        {
            ahead.TwoLines();

            // Rows r and r + 4 in the halves of a register, which loading does: then steps are turned within halves.
            var (r0, r1, r2, r3) = (Halves(w, wRow), Halves(w + wRow, wRow), Halves(w + (2 * wRow), wRow), Halves(w + (3 * wRow), wRow));
            var (low01, low23) = (Avx.UnpackLow(r0, r1).AsDouble(), Avx.UnpackLow(r2, r3).AsDouble());
            var (high01, high23) = (Avx.UnpackHigh(r0, r1).AsDouble(), Avx.UnpackHigh(r2, r3).AsDouble());
            Step<TRows>(a, aRow, Avx.UnpackLow(low01, low23).AsSingle(), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 1, aRow, Avx.UnpackHigh(low01, low23).AsSingle(), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 2, aRow, Avx.UnpackLow(high01, high23).AsSingle(), ref c0, ref c1, ref c2, ref c3);
            Step<TRows>(a + 3, aRow, Avx.UnpackHigh(high01, high23).AsSingle(), ref c0, ref c1, ref c2, ref c3);
        }

        (sums[0], sums[1], sums[2], sums[3]) = (c0, c1, c2, c3);
        rowsAhead = ahead;
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(float* w, nint row) =>
        Avx.InsertVector128(Vector128.Load(w).ToVector256Unsafe(), Vector128.Load(w + (4 * row)), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRows>(
        float* a, nint aRow, Vector256<float> w, ref Vector256<float> c0, ref Vector256<float> c1, ref Vector256<float> c2, ref Vector256<float> c3)
        where TRows : unmanaged =>
        FewRowsStep.Add<TRows, FloatStep, float, Vector256<float>>(a, aRow, w, ref c0, ref c1, ref c2, ref c3);
}
