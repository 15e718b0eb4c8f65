using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static MoeSharp.Runtime.Transposition512;

namespace MoeSharp.Runtime;

/// <summary>The sums of as many vectors as a vector has lanes, all at once: one by one each takes a dozen instructions that wait for each other.</summary>
internal static unsafe class RowSums
{
    // The lower halves of two registers, and the upper.
    private const byte Lower = 0x44;
    private const byte Upper = 0xEE;

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
        return Avx512F.Shuffle(low, high, Even) + Avx512F.Shuffle(low, high, Odd);
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
    private static Vector512<T> Quarters<T>(T* rows, nint step)
        where T : unmanaged
    {
        var ab = Folded(Vector512.Load(rows), Vector512.Load(rows + step), Lower, Upper);
        var cd = Folded(Vector512.Load(rows + (2 * step)), Vector512.Load(rows + (3 * step)), Lower, Upper);
        return Folded(ab, cd, Even, Odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Folded<T>(Vector512<T> a, Vector512<T> b, [ConstantExpected] byte one, [ConstantExpected] byte other)
        where T : unmanaged =>
        Avx512F.Shuffle4x128(a.AsSingle(), b.AsSingle(), one).As<float, T>() + Avx512F.Shuffle4x128(a.AsSingle(), b.AsSingle(), other).As<float, T>();
}
