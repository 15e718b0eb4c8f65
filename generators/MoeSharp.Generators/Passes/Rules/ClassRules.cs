using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using MoeSharp.Generators.Spec.Recipes;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>What the class itself must be, and which words stand together.</summary>
internal static class ClassRules
{
    public static readonly Rule[] All =
    [
        .. Shape,
        .. Needing("MOE0007", "Experts", ["Gate", "BalanceBias", .. BalanceTable.All.Select(row => row.Word), "Capacity", "DeviceCapacity", "Dropless", .. RecipeTable.All.Select(recipe => recipe.Word)]),
        .. Needing("MOE0008", "Transformer", "Attention", "FeedForward"),
        new("MOE0009", "Recompute", "", m => m.Declares("Recompute") && m.Transformer is null && m.Experts is null ? [m.Type.Name] : null),
    ];

    /// <summary>Only where a half is generated: a class with a stray word has another mistake, and need not be partial.</summary>
    private static IEnumerable<Rule> Shape =>
    [
        OfType("MOE0001", (type, _) => type is { IsPartial: false, Oddity: "" } ? [type.Name] : null),
        OfType("MOE0002", (type, _) => type.ClosedContainer.Length > 0 ? [type.Name, type.ClosedContainer] : null),
        OfType("MOE0003", (type, _) => type.Oddity.Length > 0 ? [type.Name, type.Oddity] : null),
        OfType("MOE0004", (type, isLayer) => type.ForeignBase.Length > 0
            ? [type.Name, type.ForeignBase, isLayer ? "MoeLayer" : "TransformerModule"]
            : null),
        OfType("MOE0005", (type, _) => type.HasPrimaryConstructor ? [type.Name] : null),
        OfType("MOE0006", (type, _) => type.HasCaseTwin ? [type.Name] : null),
    ];

    private static Rule OfType(string id, Func<TypeSpec, bool, object[]?> broken) =>
        new(id, "", "", m => m.Transformer is null && m.Experts is null ? null : broken(m.Type, m.IsLayer));

    private static IEnumerable<Rule> Needing(string id, string needed, params string[] words) =>
        words.Select(word => new Rule(id, word, "", m => m.Declares(word) && !m.Declares(needed) ? [word, m.Type.Name] : null));
}
