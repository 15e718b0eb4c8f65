using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The counterpart of <see cref="Balance"/> in TorchSharp's operations. The sums come to the host, where the losses are computed for both lowerings.</summary>
public static class TorchBalance
{
    /// <summary>Measures what a gate did, and keeps it for backward.</summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="sparseLayer">Whose gate.</param>
    /// <param name="experts">The chosen experts, int64 <c>[tokens, K]</c>.</param>
    /// <param name="scores">Unbiased scores, <c>[tokens, N]</c>.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    /// <param name="bySequence">Whether a loss is within each sequence.</param>
    /// <param name="unbiased">Whether a loss counts the K largest scores themselves.</param>
    public static BalanceReport Measure(
        TorchPass pass, int sparseLayer, Tensor experts, Tensor scores, bool shares, bool bySequence = false, bool unbiased = false)
    {
        var parts = bySequence ? pass.Tokens / pass.Sequence : 1;
        var mask = pass.Mask(scores.dtype);
        var p = shares ? scores / scores.sum(-1, true) : scores;
        var tokens = Host(mask, parts);
        var means = Host(p * mask, parts);
        var chosen = Host(OneHot(experts), parts);
        var best = unbiased ? Host(OneHot(TorchOps.TopK(scores, (int)experts.shape[1])), parts) : null;
        return pass.Measured(sparseLayer, new BalanceSums(
            [.. Enumerable.Range(0, parts).Select(part => new RoutingSums
            {
                Tokens = (long)tokens[part][0],
                Chosen = Whole(chosen[part]),
                Unbiased = best is null ? [] : Whole(best[part]),
                Scores = means[part],
            })],
            bySequence));

        Tensor OneHot(Tensor indices) => zeros_like(scores).scatter_add(1, indices, mask.expand(indices.shape).contiguous());
    }

    /// <summary>The losses' gradient where scores are shares, <c>p_i = s_i/Σs</c>: <c>(dP_j − Σ_i dP_i·p_i) / Σs</c>, <c>[tokens, N]</c>.</summary>
    public static Tensor ShareBackward(TorchPass pass, Tensor scores, BalanceGradient gradient)
    {
        var (dP, sum) = (Spread(pass, scores, gradient), scores.sum(-1, true));
        return (dP - ((dP * scores).sum(-1, true) / sum)) / sum * pass.Mask(scores.dtype);
    }

    /// <summary>The losses' gradient where scores already sum to one, <c>[tokens, N]</c>.</summary>
    public static Tensor ScoreBackward(TorchPass pass, Tensor scores, BalanceGradient gradient) =>
        Spread(pass, scores, gradient) * pass.Mask(scores.dtype);

    /// <summary>The rows at every token, <c>[tokens, N]</c>.</summary>
    private static Tensor Spread(TorchPass pass, Tensor scores, BalanceGradient gradient)
    {
        var rows = tensor(gradient.Rows.SelectMany(row => row).ToArray(), dtype: ScalarType.Float64, device: scores.device);
        return rows.to(scores.dtype).view(gradient.Rows.Count, 1, -1).expand(gradient.Rows.Count, pass.Tokens / gradient.Rows.Count, -1).reshape(scores.shape);
    }

    /// <summary>Sums over the rows of every part, added in float64.</summary>
    private static double[][] Host(Tensor rows, long parts)
    {
        var columns = (int)rows.shape[1];
        return [.. rows.to(ScalarType.Float64).view(parts, -1, columns).sum(1).cpu().contiguous().data<double>().ToArray().Chunk(columns)];
    }

    private static long[] Whole(double[] counts) => Array.ConvertAll(counts, count => (long)count);
}
