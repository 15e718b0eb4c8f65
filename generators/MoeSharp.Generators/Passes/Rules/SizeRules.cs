using System.Globalization;
using System.Linq;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>Widths and counts of the model and of its feed-forward networks.</summary>
internal static class SizeRules
{
    /// <summary>Sixteen times the widest vocabulary or layer in use: beyond it a size is mistyped, and products of sizes would overflow.</summary>
    private const int Largest = 1 << 24;

    private const double MostWeights = 1e15;

    public static readonly Rule[] All =
    [
        .. Required("Transformer", "Vocab", "the number of token ids", m => m.Transformer?.Vocab),
        .. Required("Transformer", "Dim", "the width of the residual stream", m => m.Transformer?.Dim),
        .. Required("Transformer", "Layers", "the number of layers", m => m.Transformer?.Layers),
        .. Required("Transformer", "Context", "the most tokens in a sequence", m => m.Transformer?.Context),
        Positive("FeedForward", "Hidden", m => m.FeedForward?.Hidden),
        Positive("Experts", "Count", m => m.Experts?.Count),
        .. Required("Experts", "Active", "the experts a token goes to", m => m.Experts?.Active),
        .. Required("Experts", "Hidden", "the hidden width of one expert", m => m.Experts?.Hidden),
        NotNegative("Experts", "Shared", m => m.Experts?.Shared),
        Positive("Experts", "Dim", m => m.Experts?.Dim),
        NotNegative("Transformer", "DenseLayers", m => m.Experts is null ? null : m.Transformer?.DenseLayers),

        new("MOE0104", "Experts", "", m => m is { IsLayer: true, Experts: not null } && !m.Declares("Experts.Dim") ? [m.Type.Name] : null),
        new("MOE0105", "Experts", "Dim", m => m is { Transformer.Dim: > 0 and var width, Experts.Dim: > 0 and var own } && own != width
            ? [own, width]
            : null),
        new("MOE0106", "Transformer", "DenseLayers", m => m is { Experts: not null, Transformer: { Layers: > 0 } t } && t.DenseLayers > t.Layers
            ? [t.DenseLayers, t.Layers]
            : null),
        new("MOE0107", "Transformer", "DenseLayers", m => m is { Experts: not null, Transformer: { Layers: > 0 } t } && t.DenseLayers == t.Layers
            ? [t.DenseLayers]
            : null),
        new("MOE0108", "Transformer", "DenseLayers", m => m is { Experts: null, Transformer: not null } && m.Declares("Transformer.DenseLayers")
            ? []
            : null),
        new("MOE0109", "FeedForward", "", m => m is { Experts: not null, Transformer.DenseLayers: 0 } && m.Declares("FeedForward") ? [] : null),
        Bounded("Transformer", "Vocab", m => m.Transformer?.Vocab),
        Bounded("Transformer", "Dim", m => m.Transformer?.Dim),
        Bounded("Transformer", "Layers", m => m.Transformer?.Layers),
        Bounded("Transformer", "Context", m => m.Transformer?.Context),
        Bounded("FeedForward", "Hidden", m => m.FeedForward?.Hidden),
        Bounded("Experts", "Count", m => m.Experts?.Count),
        Bounded("Experts", "Shared", m => m.Experts?.Shared),
        Bounded("Experts", "Hidden", m => m.Experts?.Hidden),
        Bounded("Experts", "Dim", m => m.Experts?.Dim),
        Bounded("Gate", "Hidden", m => (int)m.Gate["Hidden"]),
        Bounded("Gate", "SubScores", m => (int)m.Gate["SubScores"]),
        Bounded("Attention", "Heads", m => m.Attention?.Heads),
        Bounded("Attention", "HeadDim", m => m.Attention?.HeadDim),
        new("MOE0111", "Transformer", "", m => !m.IsLayer && Weights(m) > MostWeights ? [Rounded(Weights(m))] : null),
        new("MOE0111", "Experts", "", m => m.IsLayer && Weights(m) > MostWeights ? [Rounded(Weights(m))] : null),
    ];

    private static Rule Bounded(string word, string argument, Func<ModelSpec, int?> value) =>
        new("MOE0110", word, argument, m => m.Declares($"{word}.{argument}") && value(m) is > Largest and { } given
            ? [argument, given, Largest]
            : null);

    private static int Matrices(ActivationKind kind) => ActivationTable.Has(kind) ? ActivationTable.Of(kind).Matrices : 0;

    private static string Rounded(double weights) => weights.ToString("G3", CultureInfo.InvariantCulture);

    /// <summary>About how many weights there are, in floating point so that nothing overflows; 0 where a single size is already too large.</summary>
    private static double Weights(ModelSpec m)
    {
        if (All.Any(rule => rule.Id == "MOE0110" && rule.Apply(m) is not null))
        {
            return 0;
        }

        double dim = m.Dim;
        double sparse = m.Experts is { } e ? Matrices(e.Activation) * dim * e.Hidden * ((double)e.Count + e.Shared) : 0;
        if (m.Transformer is not { } t)
        {
            return sparse;
        }

        double attention = m.Attention is { } a ? 2 * dim * a.HeadDim * ((double)a.Heads + a.KvHeads) : 0;
        double dense = Matrices(m.FeedForward?.Activation ?? default) * dim * (m.FeedForward?.Hidden ?? 0);
        return (2 * dim * t.Vocab) + (t.Layers * attention) + (t.DenseLayers * dense) + (((double)t.Layers - t.DenseLayers) * sparse);
    }
}
