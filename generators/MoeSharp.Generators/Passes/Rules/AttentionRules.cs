using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>Heads and their widths.</summary>
internal static class AttentionRules
{
    public static readonly Rule[] All =
    [
        .. Required("Attention", "Heads", "the number of query heads", m => m.Attention?.Heads),
        Positive("Attention", "KvHeads", m => m.Attention?.KvHeads),
        Positive("Attention", "HeadDim", m => m.Attention?.HeadDim),
        new("MOE0301", "Transformer", "", m => m is { Transformer: not null, Attention: null } ? [] : null),
        new("MOE0302", "Attention", "Heads", m => m is { Transformer.Dim: > 0 and var width, Attention: { Heads: > 0 } a } && !m.Declares("Attention.HeadDim") && width % a.Heads != 0
            ? [width, a.Heads]
            : null),
        new("MOE0303", "Attention", "KvHeads", m => m.Attention is { Heads: > 0, KvHeads: > 0 } a && a.Heads % a.KvHeads != 0
            ? [a.Heads, a.KvHeads]
            : null),
        .. OddHead,
        new("MOE0305", "Attention", "RopeTheta", m => m.Attention is { } a && !IsPositive(a.RopeTheta) ? [a.RopeTheta] : null),
    ];

    /// <summary>Said where HeadDim was given, or else at Heads, which it follows from.</summary>
    private static Rule[] OddHead =>
    [
        new("MOE0304", "Attention", "HeadDim", m => IsOdd(m) && m.Declares("Attention.HeadDim") ? [m.Attention!.HeadDim] : null),
        new("MOE0304", "Attention", "Heads", m => IsOdd(m) && !m.Declares("Attention.HeadDim") ? [m.Attention!.HeadDim] : null),
    ];

    private static bool IsOdd(ModelSpec m) => m.Attention is { HeadDim: > 0 } a && a.HeadDim % 2 == 1;
}
