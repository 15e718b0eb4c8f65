using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// The natural logarithm in lanes, after Cephes' <c>logf</c> and <c>log</c> (S. L. Moshier): within 2 units in the last place, also near 1, where it is nearly 0.
/// .NET's own is made of estimates, as its e^x is (<see cref="Exponential"/>).
/// </summary>
internal static class Logarithm
{
    // The bits of √½, the exponents' fields, and what makes the smallest numbers normal ones.
    private const int RootHalf = 0x3F3504F3;
    private const int Exponents = unchecked((int)0xFF800000);
    private const int MantissaBits = 23;
    private const float SmallestNormal = 1.17549435e-38f;
    private const float Lift = 16777216f;
    private const float LiftExponent = 24;

    private const long RootHalfDouble = 0x3FE6A09E667F3BCD;
    private const long ExponentsDouble = unchecked((long)0xFFF0000000000000);
    private const int MantissaBitsDouble = 52;
    private const double SmallestNormalDouble = 2.2250738585072014e-308;
    private const double LiftDouble = 18014398509481984;
    private const double LiftExponentDouble = 54;

    /// <summary>The logarithm of every lane that is positive and finite; the others mean nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Single(Vector512<float> x)
    {
        var isSmall = Vector512.LessThan(x, Vector512.Create(SmallestNormal));
        var bits = Vector512.ConditionalSelect(isSmall, x * Vector512.Create(Lift), x).AsInt32();

        // x = 2^n·(1 + r) with 1 + r from √½ to √2, so log x = n·log 2 + log(1 + r).
        var field = (bits - Vector512.Create(RootHalf)) & Vector512.Create(Exponents);
        var n = Vector512.ConvertToSingle(field >> MantissaBits) - Vector512.ConditionalSelect(isSmall, Vector512.Create(LiftExponent), Vector512<float>.Zero);
        var r = (bits - field).AsSingle() - Vector512<float>.One;

        // log(1 + r) = r − r²/2 + r³·p(r).
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(7.0376836292e-2f), r, Vector512.Create(-1.1514610310e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.1676998740e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(-1.2420140846e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.4249322787e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(-1.6668057665e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(2.0000714765e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(-2.4999993993e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(3.3333331174e-1f));

        // The smallest parts first: log 2 is the sum of a short number, whose multiples are exact, and a small one.
        var square = r * r;
        var rest = Vector512.FusedMultiplyAdd(n, Vector512.Create(-2.12194440e-4f), p * r * square);
        rest = Vector512.FusedMultiplyAdd(square, Vector512.Create(-0.5f), rest);
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(0.693359375f), r + rest);
    }

    /// <summary>The logarithm of every lane that is positive and finite; the others mean nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Double(Vector512<double> x)
    {
        var isSmall = Vector512.LessThan(x, Vector512.Create(SmallestNormalDouble));
        var bits = Vector512.ConditionalSelect(isSmall, x * Vector512.Create(LiftDouble), x).AsInt64();
        var field = (bits - Vector512.Create(RootHalfDouble)) & Vector512.Create(ExponentsDouble);
        var n = Vector512.ConvertToDouble(field >> MantissaBitsDouble)
            - Vector512.ConditionalSelect(isSmall, Vector512.Create(LiftExponentDouble), Vector512<double>.Zero);
        var r = (bits - field).AsDouble() - Vector512<double>.One;

        // log(1 + r) = r − r²/2 + r³·p(r)/q(r).
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.01875663804580931796e-4), r, Vector512.Create(4.97494994976747001425e-1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.70579119878881725854));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(14.4989225341610930846));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(17.9368678507819816313));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(7.70838733755885391666));
        var q = r + Vector512.Create(11.2873587189167450590);
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(45.2279145837532221105));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(82.9875266912776603211));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(71.1544750618563894466));
        q = Vector512.FusedMultiplyAdd(q, r, Vector512.Create(23.1251620126765340583));

        var square = r * r;
        var rest = Vector512.FusedMultiplyAdd(n, Vector512.Create(-2.121944400546905827679e-4), r * square * (p / q));
        rest = Vector512.FusedMultiplyAdd(square, Vector512.Create(-0.5), rest);
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(0.693359375), r + rest);
    }
}
