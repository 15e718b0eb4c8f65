using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>What a gate and its experts gave for a batch.</summary>
/// <param name="Y">The layer's output, <c>[tokens, dim]</c>.</param>
/// <param name="BalanceLoss">All balance losses with their weights, on the tape.</param>
/// <param name="Counts">Counted tokens of every expert.</param>
/// <param name="Margin">The smallest distance between a score that was selected and one that was not.</param>
internal sealed record ReferenceOutput(Tensor Y, Tensor BalanceLoss, long[] Counts, double Margin);

/// <summary>
/// A mixture of experts in plain operations under libtorch's autograd: the formulas of DeepSeek's papers and of Hugging Face's modules, one loop over the
/// experts, every expert computed for every token and weighed with zero where it was not chosen.
/// </summary>
internal sealed class ReferenceExperts(GateSettings gate, IReadOnlyDictionary<string, Tensor> weights, string prefix)
{
    /// <summary>Runs the layer.</summary>
    /// <param name="u"><c>[tokens, dim]</c>.</param>
    /// <param name="sequence">Tokens in a sequence.</param>
    /// <param name="mask">False for padding; null where there is none.</param>
    public ReferenceOutput Forward(Tensor u, int sequence, bool[]? mask = null)
    {
        var logits = ReferenceFeedForward.Linear(u, weights[prefix + "gate.weight"]);
        var scores = gate.Kind == GateKind.Sigmoid ? logits.sigmoid() : logits.softmax(-1);
        var (chosen, margin) = ReferenceGate.Select(gate, scores.detach(), gate.HasBias ? weights[prefix + "gate.e_score_correction_bias"].detach() : null);

        var routing = scores.gather(1, chosen);
        if (gate.Normalize)
        {
            routing = routing / (routing.sum(-1, true) + 1e-20);
        }

        routing = routing * gate.Scale;
        var y = zeros_like(u);
        for (var expert = 0; expert < gate.Experts; expert++)
        {
            var weight = (routing * chosen.eq(expert).to(u.dtype)).sum(-1, true);
            y = y + (weight * ReferenceFeedForward.Forward(weights, $"{prefix}experts.{expert}.", u, gate.Activation));
        }

        if (gate.Shared > 0)
        {
            var shared = ReferenceFeedForward.Forward(weights, prefix + (gate.SharedGate ? "shared_expert." : "shared_experts."), u, gate.Activation);
            y = y + (gate.SharedGate ? ReferenceFeedForward.Linear(u, weights[prefix + "shared_expert_gate.weight"]).sigmoid() * shared : shared);
        }

        var balance = new ReferenceBalance(gate, scores, sequence, mask);
        return new ReferenceOutput(y, balance.Loss(chosen), balance.Counts(chosen), Math.Min(margin, balance.Margin));
    }
}
