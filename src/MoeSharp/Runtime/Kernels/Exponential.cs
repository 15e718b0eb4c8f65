using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// e^x in lanes, after Cephes' <c>expf</c> and <c>exp</c> (S. L. Moshier), and 2^x: within 2 units in the last place. .NET's own computes float in double, which
/// softmax and SiLU would pay for once an element; and it is made of estimates that come out otherwise once the JIT has optimised them, so that a run
/// in double would depend on when that happens.
/// </summary>
internal static class Exponential
{
    /// <summary>The natural logarithm of 2.</summary>
    public const double Ln2 = 0.69314718055994531;

    // Beyond these e^x is not a normal float: below it is taken for zero, above it is infinite.
    private const float Lowest = -87.33654f;
    private const float Highest = 88.72283f;

    // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
    private const float Rounder = 12582912f;

    // What the instruction that takes the whole part off rounds towards.
    private const byte TowardsNegativeInfinity = 1;

    private const double LowestDouble = -708.39641853226408;
    private const double HighestDouble = 709.78271289338397;
    private const double RounderDouble = 6755399441055744;

    /// <summary>e to the power of every lane; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Single(Vector512<float> x)
    {
        if (Avx512F.IsSupported)
        {
            // Far enough above the bound to be infinite in the end, yet n and r are numbers. The instruction returns its second operand where either is NaN.
            x = Avx512F.Min(Vector512.Create(Highest + 1), x);
        }

        // x = n·ln 2 + r with |r| ≤ ln 2 / 2, so e^x = 2^n·e^r.
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), Vector512.Create(Rounder));
        var n = shifted - Vector512.Create(Rounder);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);

        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);

        if (Avx512F.IsSupported)
        {
            // Multiplying with 2^n is one instruction there, which overflows to infinity by itself; the lower bound stays as it is below.
            var scaled = Avx512F.Scale(p, n);
            return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), Vector512<float>.Zero, scaled);
        }

        // n goes straight into the exponent field.
        var result = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), Vector512<float>.Zero, result);

        // Too great, or NaN: x + ∞ is what it should be.
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512.Create(Highest)), result, x + Vector512.Create(float.PositiveInfinity));
    }

    /// <summary>
    /// 2 to the power of every lane. Below −126 the result is zero, or what a subnormal number can hold where that costs nothing; from 128 on it is infinite, and
    /// NaN stays NaN.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> PowerOfTwo(Vector512<float> x)
    {
        // x = n + r with n a whole number and 0 ≤ r ≤ 1.
        var n = Avx512DQ.IsSupported ? default : Vector512.Floor(x);
        var r = Avx512DQ.IsSupported ? Avx512DQ.Reduce(x, TowardsNegativeInfinity) : x - n;

        // 2^r, within 2·10^−9 before rounding: the polynomial of degree six that is one at zero and whose greatest relative error is least.
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(2.161291486e-4f), r, Vector512.Create(1.246784697e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(9.675451554e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.548528209e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.402293086e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(6.931470633e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        if (Avx512DQ.IsSupported)
        {
            // Right at both ends by itself: looking at the lower one took a seventh of the whole.
            return Avx512F.Scale(p, x);
        }

        var result = (p.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-126f)), Vector512<float>.Zero, result);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(128f)), result, x + Vector512.Create(float.PositiveInfinity));
    }

    /// <summary>e to the power of every lane; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Double(Vector512<double> x)
    {
        var shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.4426950408889634), Vector512.Create(RounderDouble));
        var n = shifted - Vector512.Create(RounderDouble);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693145751953125), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.42860682030941723212e-6), r);
        var result = (PowerOfPart(r).AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(LowestDouble)), Vector512<double>.Zero, result);
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512.Create(HighestDouble)), result, x + Vector512.Create(double.PositiveInfinity));
    }

    /// <summary>
    /// 2 to the power of every lane: as <see cref="PowerOfTwo(Vector512{float})"/>, zero below −1022 and infinite from 1024 on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> PowerOfTwo(Vector512<double> x)
    {
        var shifted = x + Vector512.Create(RounderDouble);
        var r = (x - (shifted - Vector512.Create(RounderDouble))) * Vector512.Create(Ln2);
        var result = (PowerOfPart(r).AsInt64() + (shifted.AsInt64() << 52)).AsDouble();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-1022.0)), Vector512<double>.Zero, result);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(1024.0)), result, x + Vector512.Create(double.PositiveInfinity));
    }

    /// <summary>e^r for |r| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> PowerOfPart(Vector512<double> r)
    {
        // e^r = 1 + 2·p / (q − p), p odd and q even in r.
        var square = r * r;
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.26177193074810590878e-4), square, Vector512.Create(3.02994407707441961300e-2));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512<double>.One) * r;
        var q = Vector512.FusedMultiplyAdd(Vector512.Create(3.00198505138664455042e-6), square, Vector512.Create(2.52448340349684104192e-3));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(2.27265548208155028766e-1));
        q = Vector512.FusedMultiplyAdd(q, square, Vector512.Create(2.0));
        return Vector512.FusedMultiplyAdd(p / (q - p), Vector512.Create(2.0), Vector512<double>.One);
    }
}
