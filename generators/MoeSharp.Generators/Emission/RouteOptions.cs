using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>What gates have in common, as a region's constants say it; what was not declared leaves no trace in the generated code.</summary>
internal sealed record RouteOptions(
    Gate Gate,
    int Count,
    int Active,
    int Groups,
    int TopGroups,
    int BestOfGroup,
    bool Normalize,
    double Scale,
    bool HasBias)
{
    public bool IsGroupLimited => TopGroups < Groups;

    /// <summary>Whether selection looks at something else than the scores, so that it needs a row of its own.</summary>
    public bool HasChoice => HasBias || IsGroupLimited;

    /// <summary>What stands before the scores in the equation of the weights.</summary>
    public string Factor => Scale == 1 ? string.Empty : Literals.Number(Scale) + "·";

    public static RouteOptions Of(Op op) => new(
        GateTable.Of(op),
        op.Int("count"),
        op.Int("active"),
        op.Int("groups"),
        op.Int("top_groups"),
        op.Int("best_of_group"),
        op.Int("normalize") == 1,
        op["scale"],
        op.Int("bias") == 1);

    /// <summary>Whether the gate counts: one that runs again for backward was counted when forward ran.</summary>
    public static bool Counts(Op op) => op.Recomputation != Recomputation.Again;

    /// <summary>The member of a pass that has the balance bias. It may move before backward, which is to select by that of forward.</summary>
    public static string BalanceBias(Op op) => op.Recomputation switch
    {
        Recomputation.Later => "KeepBalanceBias",
        Recomputation.Again => "KeptBalanceBias",
        _ => "BalanceBias",
    };

    /// <summary>What it is, for the reader of generated code.</summary>
    public static string BiasComment(Op op) => "// the balance bias b" + op.Recomputation switch
    {
        Recomputation.Later => ", kept as it is: it may move before backward selects again",
        Recomputation.Again => " as it was in forward",
        _ => string.Empty,
    };

    /// <summary>The experts that were selected, where some of them are dropped before the dispatch; null where the dispatch has them all.</summary>
    public static Value? Chosen(IEnumerable<Value> values) => values.FirstOrDefault(value => value.Name == "chosen");
}
