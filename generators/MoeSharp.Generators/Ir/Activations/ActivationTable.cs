using System.Linq;

namespace MoeSharp.Generators.Ir.Activations;

/// <summary>The activations of feed-forward networks, one row each.</summary>
internal static class ActivationTable
{
    public static readonly IReadOnlyList<Activation> All = [SwiGluActivation.Row, GeluActivation.Row, ReluActivation.Row];

    /// <summary>Whether a value, which may be any number in the source, names an activation.</summary>
    public static bool Has(ActivationKind kind) => All.Any(row => row.Kind == kind);

    public static Activation Of(ActivationKind kind) => All.First(row => row.Kind == kind);

    /// <summary>The activation that a region's constants name.</summary>
    public static Activation Of(Op op) => Of((ActivationKind)op.Int("activation"));
}
