using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>Square blocks of a register's width transposed in 512-bit registers: every row is read, and every row written, a cache line at a time.</summary>
internal static unsafe class Transposition512
{
    /// <summary>Quarters 0 and 2 of two registers.</summary>
    public const byte Even = 0x88;

    /// <summary>Quarters 1 and 3 of two registers.</summary>
    public const byte Odd = 0xDD;

    /// <summary>destination[j, i] = source[i, j] of 16 rows.</summary>
    /// <param name="source">[16, columns], columns side by side.</param>
    /// <param name="sourceRow">Elements from one row of the source to the next.</param>
    /// <param name="columns">Columns of the source, a multiple of 16.</param>
    /// <param name="destination">[columns, 16].</param>
    /// <param name="destinationRow">Elements from one row of the destination to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sixteen(float* source, nint sourceRow, int columns, float* destination, nint destinationRow)
    {
        for (var column = 0; column < columns; column += 16, source += 16, destination += 16 * destinationRow)
        {
            Four(source, sourceRow, out var f0, out var f1, out var f2, out var f3);
            Four(source + (4 * sourceRow), sourceRow, out var g0, out var g1, out var g2, out var g3);
            Four(source + (8 * sourceRow), sourceRow, out var h0, out var h1, out var h2, out var h3);
            Four(source + (12 * sourceRow), sourceRow, out var i0, out var i1, out var i2, out var i3);
            Put(f0, g0, h0, i0, destination, 4 * destinationRow);
            Put(f1, g1, h1, i1, destination + destinationRow, 4 * destinationRow);
            Put(f2, g2, h2, i2, destination + (2 * destinationRow), 4 * destinationRow);
            Put(f3, g3, h3, i3, destination + (3 * destinationRow), 4 * destinationRow);
        }
    }

    /// <summary>As <see cref="Sixteen"/>, of 8 rows and a multiple of 8 columns.</summary>
    /// <param name="source">[8, columns], columns side by side.</param>
    /// <param name="sourceRow">Elements from one row of the source to the next.</param>
    /// <param name="columns">Columns of the source, a multiple of 8.</param>
    /// <param name="destination">[columns, 8].</param>
    /// <param name="destinationRow">Elements from one row of the destination to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Eight(double* source, nint sourceRow, int columns, double* destination, nint destinationRow)
    {
        for (var column = 0; column < columns; column += 8, source += 8, destination += 8 * destinationRow)
        {
            Two(source, sourceRow, out var f0, out var f1);
            Two(source + (2 * sourceRow), sourceRow, out var g0, out var g1);
            Two(source + (4 * sourceRow), sourceRow, out var h0, out var h1);
            Two(source + (6 * sourceRow), sourceRow, out var i0, out var i1);
            Put(f0.AsSingle(), g0.AsSingle(), h0.AsSingle(), i0.AsSingle(), (float*)destination, 4 * destinationRow);
            Put(f1.AsSingle(), g1.AsSingle(), h1.AsSingle(), i1.AsSingle(), (float*)(destination + destinationRow), 4 * destinationRow);
        }
    }

    /// <summary>16 columns of four rows: quarter q of register j holds column 4q + j of the four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Four(float* w, nint row, out Vector512<float> s0, out Vector512<float> s1, out Vector512<float> s2, out Vector512<float> s3)
    {
        var (r0, r1, r2, r3) = (Vector512.Load(w), Vector512.Load(w + row), Vector512.Load(w + (2 * row)), Vector512.Load(w + (3 * row)));
        var (low01, low23) = (Avx512F.UnpackLow(r0, r1).AsDouble(), Avx512F.UnpackLow(r2, r3).AsDouble());
        var (high01, high23) = (Avx512F.UnpackHigh(r0, r1).AsDouble(), Avx512F.UnpackHigh(r2, r3).AsDouble());
        s0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        s1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        s2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        s3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>8 columns of two rows: quarter q of register j holds column 2q + j of the two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Two(double* w, nint row, out Vector512<double> s0, out Vector512<double> s1)
    {
        var (r0, r1) = (Vector512.Load(w), Vector512.Load(w + row));
        s0 = Avx512F.UnpackLow(r0, r1);
        s1 = Avx512F.UnpackHigh(r0, r1);
    }

    /// <summary>f and h get the even quarters of the pairs (f, g) and (h, i), g and i the odd ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quarters(ref Vector512<float> f, ref Vector512<float> g, ref Vector512<float> h, ref Vector512<float> i)
    {
        (f, g) = (Avx512F.Shuffle4x128(f, g, Even), Avx512F.Shuffle4x128(f, g, Odd));
        (h, i) = (Avx512F.Shuffle4x128(h, i, Even), Avx512F.Shuffle4x128(h, i, Odd));
    }

    /// <summary>As of <see cref="float"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Quarters(ref Vector512<double> f, ref Vector512<double> g, ref Vector512<double> h, ref Vector512<double> i)
    {
        (f, g) = (Avx512F.Shuffle4x128(f, g, Even), Avx512F.Shuffle4x128(f, g, Odd));
        (h, i) = (Avx512F.Shuffle4x128(h, i, Even), Avx512F.Shuffle4x128(h, i, Odd));
    }

    // Row q of the destination gets quarter q of each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> f, Vector512<float> g, Vector512<float> h, Vector512<float> i, float* destination, nint next)
    {
        Quarters(ref f, ref g, ref h, ref i);
        Avx512F.Shuffle4x128(f, h, Even).Store(destination);
        Avx512F.Shuffle4x128(g, i, Even).Store(destination + next);
        Avx512F.Shuffle4x128(f, h, Odd).Store(destination + (2 * next));
        Avx512F.Shuffle4x128(g, i, Odd).Store(destination + (3 * next));
    }
}
