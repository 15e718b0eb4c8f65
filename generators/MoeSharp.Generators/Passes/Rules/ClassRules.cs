using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>What the class itself must be, and which words stand together.</summary>
internal static class ClassRules
{
    public static readonly Rule[] All =
    [
        new("MOE0001", "", "", m => m.Type is { IsPartial: false, Oddity: "" } type ? [type.Name] : null),
        new("MOE0002", "", "", m => m.Type is { ClosedContainer.Length: > 0 } type ? [type.Name, type.ClosedContainer] : null),
        new("MOE0003", "", "", m => m.Type is { Oddity.Length: > 0 } type ? [type.Name, type.Oddity] : null),
        new("MOE0004", "", "", m => m.Type is { ForeignBase.Length: > 0 } type ? [type.Name, type.ForeignBase, m.IsLayer ? "MoeLayer" : "TransformerModule"] : null),
        new("MOE0005", "", "", m => m.Type.HasPrimaryConstructor ? [m.Type.Name] : null),
        new("MOE0006", "", "", m => m.Type.HasCaseTwin ? [m.Type.Name] : null),
        .. Needing("MOE0007", "Experts", "Gate", "BalanceBias", "SequenceBalance", "ExpertBalance"),
        .. Needing("MOE0008", "Transformer", "Attention", "FeedForward"),
    ];

    private static IEnumerable<Rule> Needing(string id, string needed, params string[] words) =>
        words.Select(word => new Rule(id, word, "", m => m.Declares(word) && !m.Declares(needed) ? [word, m.Type.Name] : null));
}
