using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>The sums of as many vectors as a vector has lanes, all at once: one by one each takes a dozen instructions that wait for each other.</summary>
internal static unsafe class RowSums
{
    /// <summary>Lane i is the sum of the lanes of row i, of the same bits as <see cref="Simd.SumLanes{T}"/>.</summary>
    /// <param name="rows">[lanes, lanes].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Of<T>(T* rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Avx512F.IsSupported)
        {
            return typeof(T) == typeof(float) ? Sixteen((float*)rows).As<float, T>() : Eight((double*)rows).As<double, T>();
        }

        Vector512<T> sums = default;
        for (var row = 0; row < Vector512<T>.Count; row++)
        {
            sums = sums.WithElement(row, Simd.SumLanes(Vector512.Load(rows + (row * Vector512<T>.Count))));
        }

        return sums;
    }

    // Rows that are four apart share a register, so that the sums come out in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sixteen(float* rows)
    {
        var (q0, q1) = (Quarters(rows, 64), Quarters(rows + 16, 64));
        var (q2, q3) = (Quarters(rows + 32, 64), Quarters(rows + 48, 64));
        var low = Pairs(q0.AsDouble(), q1.AsDouble());
        var high = Pairs(q2.AsDouble(), q3.AsDouble());
        return Avx512F.Shuffle(low, high, 0x88) + Avx512F.Shuffle(low, high, 0xDD);
    }

    // As above, of rows that are two apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Eight(double* rows)
    {
        var (q0, q1) = (Quarters(rows, 16), Quarters(rows + 8, 16));
        return Avx512F.UnpackLow(q0, q1) + Avx512F.UnpackHigh(q0, q1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pairs(Vector512<double> a, Vector512<double> b) => Avx512F.UnpackLow(a, b).AsSingle() + Avx512F.UnpackHigh(a, b).AsSingle();

    /// <summary>Halves added to halves and quarters to quarters, of four rows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(float* rows, nint step)
    {
        var (a, b) = (Vector512.Load(rows), Vector512.Load(rows + step));
        var (c, d) = (Vector512.Load(rows + (2 * step)), Vector512.Load(rows + (3 * step)));
        var ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xEE);
        var cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xEE);
        return Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Quarters(double* rows, nint step)
    {
        var (a, b) = (Vector512.Load(rows), Vector512.Load(rows + step));
        var (c, d) = (Vector512.Load(rows + (2 * step)), Vector512.Load(rows + (3 * step)));
        var ab = Avx512F.Shuffle4x128(a, b, 0x44) + Avx512F.Shuffle4x128(a, b, 0xEE);
        var cd = Avx512F.Shuffle4x128(c, d, 0x44) + Avx512F.Shuffle4x128(c, d, 0xEE);
        return Avx512F.Shuffle4x128(ab, cd, 0x88) + Avx512F.Shuffle4x128(ab, cd, 0xDD);
    }
}
