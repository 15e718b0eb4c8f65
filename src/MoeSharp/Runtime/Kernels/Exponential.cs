using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// e^x in float lanes. .NET's own computes in double; softmax and SiLU need it once an element, and the polynomial of Cephes'
/// <c>expf</c> (S. L. Moshier) is as good as float is: within 2 units in the last place.
/// </summary>
internal static class Exponential
{
    // Beyond these e^x is not a normal float: below it is taken for zero, above it is infinite.
    private const float Lowest = -87.33654f;
    private const float Highest = 88.72283f;

    // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
    private const float Rounder = 12582912f;

    /// <summary>e to the power of every lane; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Single(Vector512<float> x)
    {
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

        // n goes straight into the exponent field.
        var result = (p.AsInt32() + (shifted.AsInt32() << 23)).AsSingle();
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Lowest)), Vector512<float>.Zero, result);

        // Too great, or NaN: x + ∞ is what it should be.
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512.Create(Highest)), result, x + Vector512.Create(float.PositiveInfinity));
    }
}
