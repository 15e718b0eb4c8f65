using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>What an expert, and a dense layer's network, is made of.</summary>
internal static class ExpertsRules
{
    public static readonly Rule[] All =
    [
        Positive("Experts", "Segments", m => m.Experts?.Segments),
        new("MOE0112", "Experts", "Segments", m => m.Experts is { Segments: > 1, Whole: > 0 } e && e.Whole % e.Segments != 0
            ? [e.Whole, e.Segments]
            : null),
        UnknownActivation("Experts", m => m.Experts?.Activation),
        UnknownActivation("FeedForward", m => m.FeedForward?.Activation),
        new("MOE0114", "Experts", "SharedGate", m => m.Experts is { SharedGate: true, Shared: 0 } ? [] : null),
    ];

    private static Rule UnknownActivation(string word, Func<ModelSpec, ActivationKind?> value) =>
        new("MOE0113", word, "Activation", m => value(m) is { } kind && !ActivationTable.Has(kind) ? [(int)kind] : null);
}
