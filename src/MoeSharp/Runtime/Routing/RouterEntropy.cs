using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>How sure a gate is: the entropy of a token's scores, which become probabilities where they are divided by their sum.</summary>
internal static class RouterEntropy
{
    /// <summary>Tokens a task: the sum over tokens is cut by shape alone.</summary>
    private const int Grain = 64;

    /// <summary><c>H = −Σ p·log p = (Σ s·log Z − Σ s·log s)/Z</c> with <c>Z = Σ s + 1e-20</c>, in nats; <c>0·log 0</c> is 0, and so is H where all scores are.</summary>
    public static double Of<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, inner) = (0.0, 0.0);
        foreach (var score in scores)
        {
            var s = double.CreateTruncating(score);
            sum += s;
            inner += s > 0 ? s * Math.Log(s) : 0;
        }

        var divisor = sum + RoutingWeights.Epsilon;
        return ((sum * Math.Log(divisor)) - inner) / divisor;
    }

    /// <summary>The sum over the counted tokens, and how many they are.</summary>
    /// <param name="scores">Scores, <c>[tokens, N]</c>.</param>
    /// <param name="mask">False for padding; null where all tokens count.</param>
    public static (double Sum, int Tokens) Over<T>(Matrix<T> scores, bool[]? mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parts = new double[(scores.Rows + Grain - 1) / Grain];
        Workers.Shared.For(scores.Rows, Grain, (first, last) =>
        {
            var sum = 0.0;
            for (var t = first; t < last; t++)
            {
                sum += mask is null || mask[t] ? Of<T>(scores.Row(t)) : 0;
            }

            parts[first / Grain] = sum;
        });

        return (parts.Sum(), mask?.Count(counted => counted) ?? scores.Rows);
    }
}
