using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>How sure a gate is: the entropy of a token's scores, which become probabilities where they are divided by their sum.</summary>
internal static unsafe class RouterEntropy
{
    /// <summary><c>H = −Σ p·log p = (Σ s·log Z − Σ s·log s)/Z</c> with <c>Z = Σ s + 1e-20</c>, in nats; <c>0·log 0</c> is 0, and so is H where all scores are.</summary>
    /// <remarks>
    /// Terms are in the scores' type, sums in double: a softmax in float is 1 in all but for a rounding, which log Z must know as the scores have it.
    /// </remarks>
    public static double Of<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector512<double> sum = default, inner = default;
        fixed (T* score = scores)
        {
            for (nint i = 0; i < scores.Length; i += Vector512<T>.Count)
            {
                var s = Simd.Load(score + i, scores.Length - i);
                sum += Wide(s);
                inner += Wide(Vector512.ConditionalSelect(Vector512.GreaterThan(s, Vector512<T>.Zero), s * Simd.Log(s), Vector512<T>.Zero));
            }
        }

        var total = Simd.SumLanes(sum);
        var z = total + RoutingWeights.Epsilon;
        return ((total * Math.Log(z)) - Simd.SumLanes(inner)) / z;
    }

    /// <summary>The lanes in double; those of float two and two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Wide<T>(Vector512<T> lanes)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            var (lower, upper) = Vector512.Widen(lanes.AsSingle());
            return lower + upper;
        }

        return lanes.AsDouble();
    }
}
