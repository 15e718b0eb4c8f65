using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>The weights of the chosen experts: from their unbiased scores, and their gradient back to the scores.</summary>
public static class RoutingWeights
{
    /// <summary>Added to the sum that scores are divided by, as Hugging Face, Megatron and torchtitan do.</summary>
    internal const double Epsilon = 1e-20;

    /// <summary><c>w_k = scale·s_k</c>; 0 where the slot has no expert (−1).</summary>
    public static void Raw<T>(ReadOnlySpan<T> s, ReadOnlySpan<int> experts, double scale, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factor = T.CreateTruncating(scale);
        for (var k = 0; k < experts.Length; k++)
        {
            weights[k] = experts[k] < 0 ? T.Zero : factor * s[experts[k]];
        }
    }

    /// <summary><c>w_k = scale·s_k</c> of the tokens of a task; 0 where the slot has no expert (−1).</summary>
    /// <param name="first">The task's first token.</param>
    /// <param name="end">The one after its last.</param>
    /// <param name="scores">s, <c>[tokens, N]</c>.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>.</param>
    /// <param name="scale">A factor.</param>
    /// <param name="weights"><c>[tokens, K]</c>, overwritten from the first token to the last.</param>
    public static void Raw<T>(int first, int end, Matrix<T> scores, Matrix<int> experts, double scale, Matrix<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var t = first; t < end; t++)
        {
            Raw(scores.Row(t), experts.Row(t), scale, weights.Row(t));
        }
    }

    /// <summary>Adds <c>scale·dW_k</c> to the gradient of the chosen scores; a slot without an expert has none, whatever lies in its <c>dW_k</c>.</summary>
    public static void Backward<T>(ReadOnlySpan<T> dWeights, ReadOnlySpan<int> experts, double scale, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factor = T.CreateTruncating(scale);
        for (var k = 0; k < experts.Length; k++)
        {
            if (experts[k] >= 0)
            {
                dS[experts[k]] += factor * dWeights[k];
            }
        }
    }

    /// <summary><c>w_k = scale·s_k / Σ_selected s</c>.</summary>
    public static void Normalized<T>(ReadOnlySpan<T> s, ReadOnlySpan<int> experts, double scale, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var factor = T.CreateTruncating(scale) / SumOf(s, experts);
        for (var k = 0; k < experts.Length; k++)
        {
            weights[k] = factor * s[experts[k]];
        }
    }

    /// <summary><c>w_k = scale·s_k / Σ_selected s</c> of the tokens of a task.</summary>
    /// <inheritdoc cref="Raw{T}(int, int, Matrix{T}, Matrix{int}, double, Matrix{T})"/>
    public static void Normalized<T>(int first, int end, Matrix<T> scores, Matrix<int> experts, double scale, Matrix<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var t = first; t < end; t++)
        {
            Normalized(scores.Row(t), experts.Row(t), scale, weights.Row(t));
        }
    }

    /// <summary>Adds <c>scale/Σ·(dW_k − Σ_j dW_j·s_j/Σ)</c> to the gradient of the chosen scores, Σ the sum of the chosen scores.</summary>
    public static void NormalizedBackward<T>(ReadOnlySpan<T> dWeights, ReadOnlySpan<T> s, ReadOnlySpan<int> experts, double scale, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = SumOf(s, experts);
        var mean = T.Zero;
        for (var k = 0; k < experts.Length; k++)
        {
            mean += dWeights[k] * s[experts[k]];
        }

        mean /= sum;
        var factor = T.CreateTruncating(scale) / sum;
        for (var k = 0; k < experts.Length; k++)
        {
            dS[experts[k]] += factor * (dWeights[k] - mean);
        }
    }

    private static T SumOf<T>(ReadOnlySpan<T> s, ReadOnlySpan<int> experts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        foreach (var expert in experts)
        {
            sum += s[expert];
        }

        return sum + T.CreateTruncating(Epsilon);
    }
}
