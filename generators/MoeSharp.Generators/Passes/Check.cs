using System.Linq;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Finds what cannot work, or works without effect, in a declaration. Pure: what it says depends on the spec alone. Each family of words has its
/// table of rules; a rule holds back where another rule's mistake explains its own, so that one mistake gives one finding.
/// </summary>
internal static class Check
{
    private static readonly Rule[] Rules =
    [
        .. ClassRules.All,
        .. SizeRules.All,
        .. ExpertsRules.All,
        .. GateRules.All,
        .. AttentionRules.All,
        .. BalanceRules.All,
        .. CapacityRules.All,
        .. RecipeRules.All,
        .. TrainingRules.All,
    ];

    /// <summary>All findings, in the order of the tables. None where the compiler itself rejects an attribute.</summary>
    public static EquatableArray<Finding> Run(ModelSpec spec) => spec.HasCompilerErrors
        ? EquatableArray<Finding>.Empty
        : new([.. Rules.Select(rule => rule.Apply(spec)).OfType<Finding>()]);
}
