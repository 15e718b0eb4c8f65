using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The counterpart of <see cref="Balance"/> in TorchSharp's operations. The sums come to the host, where the losses are computed for both lowerings.</summary>
public static class TorchBalance
{
    /// <summary>Measures what a gate did, and keeps it for backward. What is optional is for the losses that ask for it.</summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="sparseLayer">Whose gate.</param>
    /// <param name="experts">The chosen experts, int64 <c>[tokens, K]</c>; −1 is none.</param>
    /// <param name="scores">Unbiased scores, <c>[tokens, N]</c>.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    /// <param name="bySequence">Whether each sequence is measured for itself.</param>
    /// <param name="unbiased">Whether the K largest scores themselves are counted; K, or 0.</param>
    /// <param name="devices">The devices that tokens are sent to, or 0.</param>
    /// <param name="weights">The routing weights, <c>[tokens, K]</c>.</param>
    /// <param name="logits">The router's logits.</param>
    /// <param name="amplitude">A noisy gate's noise before the softplus.</param>
    /// <param name="noise">A noisy gate's ε.</param>
    public static BalanceReport Measure(
        TorchPass pass,
        int sparseLayer,
        Tensor experts,
        Tensor scores,
        bool shares,
        bool bySequence = false,
        int unbiased = 0,
        int devices = 0,
        Tensor? weights = null,
        Tensor? logits = null,
        Tensor? amplitude = null,
        Tensor? noise = null)
    {
        var parts = bySequence ? pass.Tokens / pass.Sequence : 1;
        var mask = pass.Mask(scores.dtype);
        var tokens = Host(mask, parts);
        var choices = Spread(experts, ones_like(experts, dtype: scores.dtype));
        var chosen = Host(choices, parts);
        var first = Host(Spread(experts.narrow(1, 0, 1), mask), parts);
        var best = unbiased > 0 ? Host(Spread(TorchOps.TopK(scores, unbiased), mask.expand(-1, unbiased)), parts) : null;
        var sent = devices > 0 ? Host(choices.view(pass.Tokens, devices, -1).amax([-1]).gt(Scalars.Of(0)).to(scores.dtype), parts) : null;
        var means = Host((shares ? scores / Sum(scores) : scores) * mask, parts);
        var importance = weights is null ? null : Host(Spread(experts, weights), parts);
        var squares = logits is null ? null : Host(logits.logsumexp(-1, true).square() * mask, parts);
        var loads = noise is null ? null : Host(TorchNoisyLoad.Loads(logits!, amplitude!, noise, (int)experts.shape[1]) * mask, parts);
        return pass.Measured(sparseLayer, new BalanceSums(
            [.. Enumerable.Range(0, parts).Select(part => new RoutingSums
            {
                Tokens = (long)tokens[part][0],
                CountedTokens = (long)tokens[part][0],
                Chosen = Whole(chosen[part]),
                First = Whole(first[part]),
                Unbiased = best is null ? [] : Whole(best[part]),
                Devices = sent is null ? [] : Whole(sent[part]),
                Scores = means[part],
                Weights = importance is null ? [] : importance[part],
                Loads = loads is null ? [] : loads[part],
                SquaredLogSumExp = squares is null ? 0 : squares[part][0],
            })],
            bySequence));

        // Values at the experts of every counted token, [tokens, N].
        Tensor Spread(Tensor indices, Tensor values)
        {
            var (slots, isChosen) = Slots(indices);
            return zeros_like(scores).scatter_add(1, slots, (values * isChosen * mask).contiguous());
        }
    }

    /// <summary>The losses' gradient where scores are shares, <c>p_i = s_i/Σs</c>: <c>(dP_j − Σ_i dP_i·p_i) / Σs</c>, <c>[tokens, N]</c>.</summary>
    public static Tensor ShareBackward(TorchPass pass, Tensor scores, BalanceGradient gradient)
    {
        var (dP, sum) = (AtTokens(pass, scores, gradient), Sum(scores));
        return (dP - ((dP * scores).sum(-1, true) / sum)) / sum * pass.Mask(scores.dtype);
    }

    /// <summary>The losses' gradient where scores already sum to one, <c>[tokens, N]</c>.</summary>
    public static Tensor ScoreBackward(TorchPass pass, Tensor scores, BalanceGradient gradient) =>
        AtTokens(pass, scores, gradient) * pass.Mask(scores.dtype);

    /// <summary>The losses' gradient of the routing weights, <c>[tokens, K]</c>.</summary>
    public static Tensor WeightBackward(TorchPass pass, Tensor experts, Tensor weights, BalanceGradient gradient)
    {
        var perExpert = tensor(gradient.Weights, dtype: ScalarType.Float64, device: weights.device).to(weights.dtype);
        var (slots, isChosen) = Slots(experts);
        return perExpert.index_select(0, slots.flatten()).view(experts.shape) * isChosen * pass.Mask(weights.dtype);
    }

    /// <summary>The gradient of the logits by the router's z-loss, <c>[tokens, N]</c>.</summary>
    public static Tensor LogitsBackward(TorchPass pass, Tensor logits, BalanceGradient gradient) =>
        logits.softmax(-1) * logits.logsumexp(-1, true) * pass.Mask(logits.dtype) * Scalars.Of(2 * gradient.SquaredLogSumExp);

    /// <summary>What scores are divided by, as for the weights: where all of a token's underflow it is not 0.</summary>
    private static Tensor Sum(Tensor scores) => scores.sum(-1, true) + Scalars.Epsilon;

    /// <summary>The rows at every token, <c>[tokens, N]</c>.</summary>
    private static Tensor AtTokens(TorchPass pass, Tensor scores, BalanceGradient gradient)
    {
        var rows = gradient.Rows.Length;
        var values = tensor(gradient.Rows.SelectMany(row => row).ToArray(), dtype: ScalarType.Float64, device: scores.device);
        return values.to(scores.dtype).view(rows, 1, -1).expand(rows, pass.Tokens / rows, -1).reshape(scores.shape);
    }

    /// <summary>Indices that can be read at, and which of them are an expert's: −1 is none.</summary>
    private static (Tensor Slots, Tensor IsChosen) Slots(Tensor indices)
    {
        // A product of whole numbers: clamp_min with a floating 0 would make them floating.
        var isChosen = indices.ge(Scalars.Of(0));
        return (indices * isChosen, isChosen);
    }

    /// <summary>Sums over the rows of every part, added in float64.</summary>
    private static double[][] Host(Tensor rows, long parts)
    {
        var columns = (int)rows.shape[1];
        return [.. rows.to(ScalarType.Float64).view(parts, -1, columns).sum(1).cpu().contiguous().data<double>().ToArray().Chunk(columns)];
    }

    private static long[] Whole(double[] counts) => Array.ConvertAll(counts, count => (long)count);
}
