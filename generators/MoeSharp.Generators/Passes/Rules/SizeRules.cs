using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>Widths and counts of the model and of its feed-forward networks.</summary>
internal static class SizeRules
{
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
        new("MOE0105", "Experts", "Dim", m => m is { Transformer.Dim: > 0 and var width, Experts.Dim: > 0 and var own } && own != width ? [own, width] : null),
        new("MOE0106", "Transformer", "DenseLayers", m => m is { Experts: not null, Transformer: { Layers: > 0 } t } && t.DenseLayers > t.Layers ? [t.DenseLayers, t.Layers] : null),
        new("MOE0107", "Transformer", "DenseLayers", m => m is { Experts: not null, Transformer: { Layers: > 0 } t } && t.DenseLayers == t.Layers ? [t.DenseLayers] : null),
        new("MOE0108", "Transformer", "DenseLayers", m => m is { Experts: null, Transformer: not null } && m.Declares("Transformer.DenseLayers") ? [] : null),
        new("MOE0109", "FeedForward", "", m => m is { Experts: not null, Transformer.DenseLayers: 0 } && m.Declares("FeedForward") ? [] : null),
    ];
}
