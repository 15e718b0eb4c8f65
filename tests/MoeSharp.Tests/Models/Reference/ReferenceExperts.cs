using MoeSharp.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>What a gate and its experts gave for a batch.</summary>
/// <param name="Y">The layer's output, <c>[tokens, dim]</c>.</param>
/// <param name="BalanceLoss">All balance losses with their weights, on the tape.</param>
/// <param name="Counts">Counted tokens of every expert.</param>
/// <param name="Margin">The smallest distance between a score that was selected and one that was not.</param>
internal sealed record ReferenceOutput(Tensor Y, Tensor BalanceLoss, long[] Counts, double Margin)
{
    /// <summary>The scores, <c>[tokens, N]</c>; null where experts choose tokens.</summary>
    public Tensor? Scores { get; init; }

    /// <summary>The chosen experts, <c>[tokens, K]</c>; null where experts choose tokens.</summary>
    public Tensor? Chosen { get; init; }
}

/// <summary>
/// A mixture of experts in plain operations under libtorch's autograd: the formulas of DeepSeek's papers and of Hugging Face's modules, one loop over the
/// experts, every expert computed for every token and weighed with zero where it was not chosen.
/// </summary>
/// <param name="gate">What was declared.</param>
/// <param name="weights">All weights.</param>
/// <param name="prefix">What their names begin with.</param>
/// <param name="random">A training pass's random numbers; null for evaluation, and for gates that draw none.</param>
internal sealed class ReferenceExperts(
    GateSettings gate, IReadOnlyDictionary<string, Tensor> weights, string prefix, Func<GateStream, GateRandom>? random = null)
{
    /// <summary>Runs the layer.</summary>
    /// <param name="u"><c>[tokens, dim]</c>.</param>
    /// <param name="sequence">Tokens in a sequence.</param>
    /// <param name="mask">False for padding; null where there is none.</param>
    public ReferenceOutput Forward(Tensor u, int sequence, bool[]? mask = null)
    {
        var scoring = new ReferenceScores(gate, weights, prefix + "gate.", random);
        var scores = scoring.Of(u);
        if (gate.Kind == GateKind.ExpertChoice)
        {
            var choice = new ReferenceChoice(gate, scores.detach(), mask);
            return new ReferenceOutput(Mix(u, scores * choice.Taken * gate.Scale), zeros(1, dtype: u.dtype).sum(), choice.Counts, choice.Margin);
        }

        var (chosen, margin) = ReferenceGate.Select(gate, scores.detach(), gate.HasBias ? weights[prefix + "gate.e_score_correction_bias"].detach() : null);
        var routing = scores.gather(1, chosen);
        if (gate.Normalize)
        {
            routing = routing / (routing.sum(-1, true) + 1e-20);
        }

        if (gate.SecondByChance && random is not null)
        {
            var (kept, ownMargin) = KeptSecond(routing.detach());
            routing = routing * kept;
            margin = Math.Min(margin, ownMargin);
        }

        var y = Mix(u, zeros_like(scores).scatter_add(1, chosen, routing * gate.Scale));
        var balance = new ReferenceBalance(gate, scores, sequence, mask);
        return new ReferenceOutput(y, balance.Loss(chosen), balance.Counts(chosen), Math.Min(Math.Min(margin, scoring.Margin), balance.Margin))
        {
            Scores = scores,
            Chosen = chosen,
        };
    }

    /// <summary>Every expert's output by its weight, and the shared experts'.</summary>
    private Tensor Mix(Tensor u, Tensor dense)
    {
        var y = gate.Shared > 0 ? Shared(u) : zeros_like(u);
        for (var expert = 0; expert < gate.Experts; expert++)
        {
            y = y + (dense.narrow(1, expert, 1) * ReferenceFeedForward.Forward(weights, $"{prefix}experts.{expert}.", u, gate.Activation));
        }

        return y;
    }

    private Tensor Shared(Tensor u)
    {
        var shared = ReferenceFeedForward.Forward(weights, prefix + (gate.SharedGate ? "shared_expert." : "shared_experts."), u, gate.Activation);
        return gate.SharedGate ? ReferenceFeedForward.Linear(u, weights[prefix + "shared_expert_gate.weight"]).sigmoid() * shared : shared;
    }

    /// <summary>One, or zero for a second expert that falls out (GShard's algorithm 1), and how near a draw was to the other side.</summary>
    private (Tensor Kept, double Margin) KeptSecond(Tensor shares)
    {
        var numbers = random!(GateStream.SecondExpert);
        var (kept, margin) = (ones_like(shares), double.PositiveInfinity);
        for (var token = 0; token < shares.shape[0]; token++)
        {
            var twice = 2 * shares[token, 1].item<double>();
            if (numbers.Draws(token))
            {
                margin = Math.Min(margin, Math.Abs(numbers.Uniform(token) - twice));
                kept[token, 1].fill_(numbers.Uniform(token) < twice ? 1 : 0);
            }
        }

        return (kept, margin);
    }
}
