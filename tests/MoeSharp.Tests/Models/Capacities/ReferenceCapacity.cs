using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>
/// A mixture with a capacity in plain operations under libtorch's autograd. What is dropped is decided pair by pair over sorted lists; every expert is computed
/// for every token and weighed with zero where it was not chosen, or dropped.
/// </summary>
internal sealed class ReferenceCapacity
{
    private readonly CapacityCase _case;

    /// <summary>Runs the layer in training, or in evaluation.</summary>
    /// <param name="layer">What was declared.</param>
    /// <param name="weights">The weights, on the tape.</param>
    /// <param name="u"><c>[tokens, dim]</c>.</param>
    /// <param name="mask">False for padding; null where there is none.</param>
    /// <param name="exempt">The tokens that are never dropped.</param>
    /// <param name="training">Whether anything is dropped.</param>
    public ReferenceCapacity(CapacityCase layer, IReadOnlyDictionary<string, Tensor> weights, Tensor u, bool[]? mask, bool[] exempt, bool training = true)
    {
        _case = layer;
        var logits = ReferenceFeedForward.Linear(u, weights["gate.weight"]);
        var scores = layer.Sigmoid ? logits.sigmoid() : logits.softmax(-1);
        var chosen = Choose(scores.detach(), layer.HasBias ? weights["gate.e_score_correction_bias"].detach() : null);
        Counts = new long[layer.Experts];
        var kept = training ? Keep(Rows(chosen), scores.detach(), mask ?? [.. exempt.Select(_ => true)], exempt) : ones_like(chosen).to(u.dtype);

        var routing = scores.gather(1, chosen);
        routing = (layer.Normalize ? routing / (routing.sum(-1, true) + 1e-20) : routing) * layer.Scale * kept;
        Y = layer.Shared ? ReferenceFeedForward.Forward(weights, "shared_experts.", u, layer.Activation) : zeros_like(u);
        for (var expert = 0; expert < layer.Experts; expert++)
        {
            var weight = (routing * chosen.eq(expert).to(u.dtype)).sum(-1, true);
            Y = Y + (weight * ReferenceFeedForward.Forward(weights, $"experts.{expert}.", u, layer.Activation));
        }

        Balance = zeros(1, dtype: u.dtype).sum();
        if (training && layer.ExpertBalance > 0)
        {
            // f counts what the router chose, dropped or not.
            var counted = tensor(mask ?? [.. exempt.Select(_ => true)]);
            var tokens = counted.sum().item<long>();
            var f = tensor(Counts).to(u.dtype) * ((double)layer.Experts / (layer.Active * tokens));
            Balance = (f * scores[counted].mean([0])).sum() * layer.ExpertBalance;
        }
    }

    public Tensor Y { get; }

    public Tensor Balance { get; }

    /// <summary>What the counted tokens chose, dropped or not.</summary>
    public long[] Counts { get; }

    public long Dropped { get; private set; }

    /// <summary>Pairs of exempt tokens that were dropped: there are none, or the reference is wrong.</summary>
    public bool[,] Kept { get; private set; } = new bool[0, 0];

    /// <summary>The smallest distance between two scores that a decision was between.</summary>
    public double Margin { get; private set; } = double.PositiveInfinity;

    private Tensor Choose(Tensor scores, Tensor? bias)
    {
        var choice = bias is null ? scores : scores + bias.to(scores.dtype);
        if (_case.GateGroups > 1)
        {
            var grouped = choice.view(scores.shape[0], _case.GateGroups, -1).amax([-1]);
            var (best, groupMargin) = ReferenceGate.Best(grouped, 2);
            Margin = Math.Min(Margin, groupMargin);
            var open = zeros_like(grouped).scatter(1, best, ones_like(grouped)).repeat_interleave(_case.Experts / _case.GateGroups, 1);
            choice = choice.masked_fill(open.eq(0), double.NegativeInfinity);
        }

        var (chosen, margin) = ReferenceGate.Best(choice, _case.Active);
        Margin = Math.Min(Margin, margin);
        for (var k = 1; k < _case.Active && _case.ByPosition; k++)
        {
            // By position which choice is the first matters too.
            var ranked = choice.gather(1, chosen);
            Margin = Math.Min(Margin, (ranked.narrow(1, k - 1, 1) - ranked.narrow(1, k, 1)).min().item<double>());
        }

        return chosen;
    }

    private Tensor Keep(long[][] chosen, Tensor scores, bool[] mask, bool[] exempt)
    {
        var pairs = new List<(int Token, int Slot, int Expert, double Score)>();
        for (var token = 0; token < chosen.Length; token++)
        {
            for (var slot = 0; slot < _case.Active && mask[token]; slot++)
            {
                var expert = (int)chosen[token][slot];
                Counts[expert]++;
                pairs.Add((token, slot, expert, scores[token, expert].item<double>()));
            }
        }

        var tokens = mask.Count(counted => counted);
        var places = (int)Math.Ceiling(Math.Round(_case.Factor * _case.Active * tokens / _case.Groups, 9));
        Kept = new bool[chosen.Length, _case.Active];
        foreach (var group in pairs.GroupBy(pair => pair.Expert / (_case.Experts / _case.Groups)))
        {
            var ordered = _case.ByPosition
                ? group.OrderBy(pair => pair.Slot).ThenBy(pair => pair.Token).ToList()
                : [.. group.OrderByDescending(pair => exempt[pair.Token]).ThenByDescending(pair => pair.Score).ThenBy(pair => pair.Token).ThenBy(pair => pair.Slot)];
            for (var rank = 0; rank < ordered.Count; rank++)
            {
                var keep = rank < places || (_case.Exempt > 0 && exempt[ordered[rank].Token]);
                Kept[ordered[rank].Token, ordered[rank].Slot] = keep;
                Dropped += keep ? 0 : 1;
            }

            if (!_case.ByPosition && ordered.Count > places)
            {
                Margin = Math.Min(Margin, Math.Abs(ordered[places - 1].Score - ordered[places].Score));
            }
        }

        return tensor(Kept.Cast<bool>().Select(keep => keep ? 1.0 : 0.0).ToArray()).view(chosen.Length, _case.Active);
    }

    private long[][] Rows(Tensor chosen) => [.. chosen.contiguous().data<long>().ToArray().Chunk(_case.Active)];
}
