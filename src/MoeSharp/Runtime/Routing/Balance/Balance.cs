using System.Numerics;
using System.Runtime.Intrinsics;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MoeSharp.Runtime;

/// <summary>
/// The balance losses' side of a gate: forward its counts and sums, backward what a counted token receives. The losses themselves are functions of the
/// sums.
/// </summary>
public static unsafe class Balance
{
    /// <summary>
    /// Begins to measure what a gate does, which its pass over the tokens adds to; null in evaluation. What is optional is for the losses that ask for it.
    /// </summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="sparseLayer">Whose gate.</param>
    /// <param name="grain">Tokens a task.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>; −1 is none. They are read when a task adds its tokens, as all that follows.</param>
    /// <param name="scores">Unbiased scores, <c>[tokens, N]</c>.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    /// <param name="bySequence">Whether each sequence is measured for itself.</param>
    /// <param name="unbiased">Whether the K largest scores themselves are counted; K, or 0.</param>
    /// <param name="devices">The devices that tokens are sent to, or 0.</param>
    /// <param name="weights">The routing weights, <c>[tokens, K]</c>.</param>
    /// <param name="logits">The router's logits.</param>
    /// <param name="amplitude">A noisy gate's noise before the softplus.</param>
    /// <param name="noise">A noisy gate's ε.</param>
    public static BalanceMeasure<T>? Begin<T>(
        Pass<T> pass,
        int sparseLayer,
        int grain,
        Matrix<int> experts,
        Matrix<T> scores,
        bool shares,
        bool bySequence = false,
        int unbiased = 0,
        int devices = 0,
        Matrix<T>? weights = null,
        Matrix<T>? logits = null,
        Matrix<T>? amplitude = null,
        Matrix<T>? noise = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        return pass.Training
            ? new BalanceMeasure<T>(pass, sparseLayer, grain, experts, scores)
            {
                Shares = shares,
                BySequence = bySequence,
                Unbiased = unbiased,
                Devices = devices,
                Weights = weights,
                Logits = logits,
                Amplitude = amplitude,
                Noise = noise,
            }
            : null;
    }

    /// <summary>Adds the losses' gradient where scores are shares, <c>p_i = s_i/Σs</c>: <c>dS_j += (dP_j − Σ_i dP_i·p_i) / Σs</c>.</summary>
    public static void ShareBackward<T>(ReadOnlySpan<T> s, ReadOnlySpan<T> dP, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (sum, inner) = (T.Zero, T.Zero);
        for (var i = 0; i < s.Length; i++)
        {
            sum += s[i];
            inner += dP[i] * s[i];
        }

        // As for the weights: where all scores of a token underflow their sum is not 0.
        sum += T.CreateTruncating(RoutingWeights.Epsilon);
        inner /= sum;
        fixed (T* gradient = dP, total = dS)
        {
            for (nint i = 0; i < s.Length; i += Vector512<T>.Count)
            {
                var received = (Simd.Load(gradient + i, s.Length - i) - Vector512.Create(inner)) / Vector512.Create(sum);
                Simd.Store(Simd.Load(total + i, s.Length - i) + received, total + i, s.Length - i);
            }
        }
    }

    /// <summary>Adds the losses' gradient where scores already sum to one: <c>dS_j += dP_j</c>.</summary>
    public static void ScoreBackward<T>(ReadOnlySpan<T> dP, Span<T> dS)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TensorPrimitives.Add(dS, dP, dS);

    /// <summary>Adds the losses' gradient to that of the routing weights: <c>dWeight_k += dI</c> of the expert in slot k; −1 is none.</summary>
    public static void WeightBackward<T>(ReadOnlySpan<T> dI, ReadOnlySpan<int> experts, Span<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var k = 0; k < experts.Length; k++)
        {
            if (experts[k] >= 0)
            {
                dWeights[k] += dI[experts[k]];
            }
        }
    }
}
