using System.Collections.Concurrent;
using TorchSharp;

namespace MoeSharp.Runtime;

/// <summary>
/// Constants for TorchSharp's operations, made once: every implicit conversion allocates natively, and a Scalar that only a native call holds may be
/// finalised while the call runs.
/// </summary>
public static class Scalars
{
    private static readonly ConcurrentDictionary<double, Scalar> s_known = new();

    /// <summary>1.</summary>
    public static Scalar One { get; } = Of(1);

    /// <summary>1e-20, added to sums that scores are divided by.</summary>
    public static Scalar Epsilon { get; } = Of(1e-20);

    /// <summary>A number as a Scalar, the same object every time.</summary>
    public static Scalar Of(double value) => s_known.GetOrAdd(value, static number => number);
}
