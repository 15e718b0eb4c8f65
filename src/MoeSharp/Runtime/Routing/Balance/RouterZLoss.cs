using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary><c>mean_t (log Σ_i exp(logit_i))²</c> (ST-MoE, arXiv 2202.08906 eq. 5).</summary>
public static class RouterZLoss
{
    /// <summary>The loss before its weight; 0 where there is no token.</summary>
    public static double Value(RoutingSums sums) => sums.Tokens == 0 ? 0 : sums.SquaredLogSumExp / sums.Tokens;

    /// <summary>Adds a token's gradient, <c>dZ2·2·z·softmax(logits)</c> with z the log-sum-exp.</summary>
    /// <param name="logits">The token's logits.</param>
    /// <param name="dSquare">What z² receives.</param>
    /// <param name="dLogits">Added to.</param>
    public static void Backward<T>(ReadOnlySpan<T> logits, T dSquare, Span<T> dLogits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var z = LogSumExp(logits);
        for (var i = 0; i < logits.Length; i++)
        {
            dLogits[i] += (dSquare + dSquare) * z * T.Exp(logits[i] - z);
        }
    }

    /// <summary>From the left, the largest taken out: the sum must not depend on where the row lies in memory, and exp must not overflow.</summary>
    internal static T LogSumExp<T>(ReadOnlySpan<T> logits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (largest, sum) = (T.NegativeInfinity, T.Zero);
        foreach (var logit in logits)
        {
            largest = logit > largest ? logit : largest;
        }

        foreach (var logit in logits)
        {
            sum += T.Exp(logit - largest);
        }

        return largest + T.Log(sum);
    }
}
