using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission;

/// <summary>A declared gate as its region's constants say it; what was not declared leaves no trace in the generated code.</summary>
internal sealed record RouteOptions(
    GateKind Kind,
    int Count,
    int Active,
    int Groups,
    int TopGroups,
    bool Normalize,
    double Scale,
    bool HasBias)
{
    public bool IsGroupLimited => TopGroups < Groups;

    /// <summary>Whether selection looks at something else than the scores, so that it needs a row of its own.</summary>
    public bool HasChoice => HasBias || IsGroupLimited;

    public static RouteOptions Of(Op op) => new(
        (GateKind)op.Int("kind"),
        op.Int("count"),
        op.Int("active"),
        op.Int("groups"),
        op.Int("top_groups"),
        op.Int("normalize") == 1,
        op["scale"],
        op.Int("bias") == 1);
}
