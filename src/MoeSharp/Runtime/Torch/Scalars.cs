using System.Collections.Concurrent;
using TorchSharp;

namespace MoeSharp.Runtime;

/// <summary>
/// Constants for TorchSharp's operations, made once: every implicit conversion allocates natively, and a Scalar that only a native call holds may be
/// finalised while the call runs.
/// </summary>
public static class Scalars
{
    // Far more than there are constants in a model; loss scales and learning rates may be any number of numbers.
    private const int Kept = 256;

    private static ConcurrentDictionary<double, Scalar> s_known = new();
    private static ConcurrentDictionary<double, Scalar> s_before = new();

    /// <summary>1.</summary>
    public static Scalar One { get; } = Of(1);

    /// <summary>0.</summary>
    public static Scalar Zero { get; } = Of(0);

    /// <summary>1e-20, added to sums that scores are divided by.</summary>
    public static Scalar Epsilon { get; } = Of(1e-20);

    /// <summary>A number as a Scalar: the same object every time, unless some hundred other numbers were asked for in between.</summary>
    public static Scalar Of(double value)
    {
        if (s_known.TryGetValue(value, out var known))
        {
            return known;
        }

        // Two generations: whoever just got a Scalar of the older one is through with it long before it is let go.
        if (s_known.Count >= Kept)
        {
            (s_before, s_known) = (s_known, new());
        }

        return s_known.GetOrAdd(value, static number => s_before.TryGetValue(number, out var kept) ? kept : number);
    }
}
