using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>How sure a gate is: the entropy of a token's scores, which become probabilities where they are divided by their sum.</summary>
internal static unsafe class RouterEntropy
{
    /// <summary>The most tokens at a time: a lane of double each.</summary>
    public const int MostTokens = 8;

    /// <summary><c>H = −Σ p·log p = (Σ s·log Z − Σ s·log s)/Z</c> with <c>Z = Σ s + 1e-20</c>, in nats; <c>0·log 0</c> is 0, and so is H where all scores are.</summary>
    /// <remarks>
    /// Terms are in the scores' type, sums in double: a softmax in float is 1 in all but for a rounding, which log Z must know as the scores have it. A token's does
    /// not depend on those beside it.
    /// </remarks>
    /// <param name="scores"><c>[tokens, N]</c>.</param>
    /// <param name="first">The first token.</param>
    /// <param name="tokens">How many, at most <see cref="MostTokens"/>.</param>
    /// <returns>A token a lane; the others mean nothing.</returns>
    public static Vector512<double> Of<T>(Matrix<T> scores, int first, int tokens)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sums = stackalloc double[MostTokens * MostTokens];
        var inners = stackalloc double[MostTokens * MostTokens];
        for (var t = 0; t < tokens; t++)
        {
            var score = scores.Pointer + ((first + t) * scores.RowStride);
            Vector512<double> sum = default, inner = default;
            for (nint i = 0; i < scores.Columns; i += Vector512<T>.Count)
            {
                var s = Simd.Load(score + i, scores.Columns - i);
                sum += Wide(s);
                inner += Wide(Vector512.ConditionalSelect(Vector512.GreaterThan(s, Vector512<T>.Zero), s * Simd.Log(s), Vector512<T>.Zero));
            }

            sum.Store(sums + (t * MostTokens));
            inner.Store(inners + (t * MostTokens));
        }

        var total = SumRows(sums);
        var z = total + Vector512.Create(RoutingWeights.Epsilon);
        return ((total * Simd.Log(z)) - SumRows(inners)) / z;
    }

    /// <summary>The sum of each row of eight, halves added to halves as in <see cref="Simd.SumLanes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> SumRows(double* rows)
    {
        var tile = stackalloc double[MostTokens * MostTokens];
        Transposition.Copy(rows, MostTokens, MostTokens, MostTokens, tile, MostTokens);
        return ((Lane(0) + Lane(4)) + (Lane(2) + Lane(6))) + ((Lane(1) + Lane(5)) + (Lane(3) + Lane(7)));

        Vector512<double> Lane(int lane) => Vector512.Load(tile + (lane * MostTokens));
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
