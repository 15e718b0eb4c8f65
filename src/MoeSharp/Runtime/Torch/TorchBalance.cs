using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The balance losses in TorchSharp's operations, and their gradients with respect to the scores: the counterpart of <see cref="Balance"/>.</summary>
public static class TorchBalance
{
    /// <summary>The sequence-wise loss before its weight, the mean over sequences.</summary>
    /// <param name="pass">Tokens a sequence, and the mask.</param>
    /// <param name="counted">The experts that f counts, <c>[tokens, K]</c>.</param>
    /// <param name="scores"><c>[tokens, N]</c>.</param>
    /// <param name="active">K.</param>
    /// <param name="shares">Whether scores are divided by their sum.</param>
    public static double SequenceLoss(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares) =>
        Loss(pass, counted, scores, active, shares, pass.Tokens / pass.Sequence);

    /// <summary>The batch-wise loss before its weight.</summary>
    public static double BatchLoss(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares) => Loss(pass, counted, scores, active, shares, 1);

    /// <summary>The gradient of the scores by the weighted sequence-wise loss, <c>[tokens, N]</c>.</summary>
    public static Tensor SequenceBackward(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares, double weight) =>
        Backward(pass, counted, scores, active, shares, weight, pass.Tokens / pass.Sequence);

    /// <summary>The gradient of the scores by the weighted batch-wise loss, <c>[tokens, N]</c>.</summary>
    public static Tensor BatchBackward(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares, double weight) =>
        Backward(pass, counted, scores, active, shares, weight, 1);

    private static double Loss(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares, long parts)
    {
        var (f, mask, tokens) = Load(pass, counted, scores, active, parts);
        var s = shares ? scores / scores.sum(-1, true) : scores;
        var p = (s * mask).view(parts, -1, scores.shape[1]).sum(1) / tokens;
        return (f * p).sum().cpu().to(ScalarType.Float64).item<double>() / parts;
    }

    private static Tensor Backward(TorchPass pass, Tensor counted, Tensor scores, int active, bool shares, double weight, long parts)
    {
        var (f, mask, tokens) = Load(pass, counted, scores, active, parts);
        var rows = scores.shape[0] / parts;
        var load = (f / tokens * Scalars.Of(weight * pass.AuxiliaryScale / parts)).unsqueeze(1).expand(parts, rows, -1).reshape(scores.shape);
        if (!shares)
        {
            return load * mask;
        }

        var sum = scores.sum(-1, true);
        return (load - ((load * scores).sum(-1, true) / sum)) / sum * mask;
    }

    /// <summary>f of every part, <c>[parts, N]</c>; the mask, <c>[tokens, 1]</c>; the counted tokens of every part, at least 1, <c>[parts, 1]</c>.</summary>
    private static (Tensor F, Tensor Mask, Tensor Tokens) Load(TorchPass pass, Tensor counted, Tensor scores, int active, long parts)
    {
        var (rows, experts) = (scores.shape[0], scores.shape[1]);
        var mask = pass.Mask(scores.dtype);
        var tokens = mask.view(parts, -1).sum(1, true).clamp(Scalars.One, Scalars.Of(rows));
        var chosen = zeros_like(scores).scatter_add(1, counted, mask.expand(rows, active).contiguous());
        return (chosen.view(parts, -1, experts).sum(1) / tokens * Scalars.Of((double)experts / active), mask, tokens);
    }
}
