using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>Which experts a token goes to: <c>DeepseekV3TopkRouter</c> and V2's <c>group_limited_greedy</c>. Selection carries no gradient.</summary>
internal static class ReferenceGate
{
    /// <summary>The chosen experts, <c>[tokens, K]</c>, and the smallest margin of all choices made on the way.</summary>
    public static (Tensor Chosen, double Margin) Select(GateSettings gate, Tensor scores, Tensor? bias)
    {
        var choice = bias is null ? scores : scores + bias.to(scores.dtype).unsqueeze(0);
        var margin = double.PositiveInfinity;
        if (gate.TopGroups < gate.Groups)
        {
            var grouped = choice.view(scores.shape[0], gate.Groups, -1);

            // V3 adds a group's two best biased scores; where there is no bias, its code and V2's take the best.
            var groupScores = grouped.topk(gate.BestOfGroup, -1).values.sum(-1);
            var (best, groupMargin) = Best(groupScores, gate.TopGroups);
            var eligible = zeros_like(groupScores).scatter(1, best, ones_like(groupScores)).unsqueeze(-1).expand(grouped.shape).reshape(choice.shape);
            choice = choice.masked_fill(eligible.eq(0), double.NegativeInfinity);
            margin = groupMargin;
        }

        var (chosen, ownMargin) = Best(choice, gate.Active);
        return (chosen, Math.Min(margin, ownMargin));
    }

    /// <summary>The best <paramref name="count"/> of every row, best first, and the smallest distance from the last of them to the next.</summary>
    public static (Tensor Indices, double Margin) Best(Tensor values, int count)
    {
        var (sorted, order) = sort(values, -1, descending: true, stable: true);
        var margin = count < values.shape[1]
            ? (sorted.narrow(1, count - 1, 1) - sorted.narrow(1, count, 1)).min().to(ScalarType.Float64).item<double>()
            : double.PositiveInfinity;
        return (order.narrow(1, 0, count), margin);
    }
}
