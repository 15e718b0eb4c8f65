using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>Expert choice, one expert after the other: its best tokens among those that are no padding, the lower token among equal ones.</summary>
internal sealed class ReferenceChoice
{
    public ReferenceChoice(GateSettings gate, Tensor scores, bool[]? mask)
    {
        var tokens = Enumerable.Range(0, (int)scores.shape[0]).Where(token => mask is null || mask[token]).ToArray();
        var places = (int)(gate.Capacity * tokens.Length / gate.Experts);
        Taken = zeros_like(scores);
        Counts = new long[gate.Experts];
        for (var expert = 0; expert < gate.Experts; expert++)
        {
            var column = tokens.Select(token => (Token: token, Score: scores[token, expert].item<double>())).OrderByDescending(entry => entry.Score).ToArray();
            foreach (var (token, _) in column[..places])
            {
                Taken[token, expert].fill_(1);
            }

            Counts[expert] = places;
            Margin = places > 0 && places < column.Length ? Math.Min(Margin, column[places - 1].Score - column[places].Score) : Margin;
        }
    }

    /// <summary>One where an expert takes a token, <c>[tokens, N]</c>.</summary>
    public Tensor Taken { get; }

    /// <summary>Tokens of every expert.</summary>
    public long[] Counts { get; }

    /// <summary>The smallest distance from a token that was taken to the next.</summary>
    public double Margin { get; } = double.PositiveInfinity;
}
