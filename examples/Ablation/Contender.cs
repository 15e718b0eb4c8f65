using MoeSharp.Modules;

namespace Ablation;

/// <summary>One model of the comparison.</summary>
/// <param name="Name">As the paper calls it.</param>
/// <param name="Create">Makes it.</param>
/// <param name="Card">Its figures.</param>
/// <param name="PaperLoss">Its loss on the Pile in DeepSeekMoE's table 1, at 2B parameters; null where the paper has none.</param>
public sealed record Contender(string Name, Func<TransformerModule> Create, ModelCard Card, double? PaperLoss)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Contender> All { get; } =
    [
        new("dense", () => new Dense(), Dense.Card, 2.060),
        new("Switch", () => new SwitchTransformer(), SwitchTransformer.Card, 1.881),
        new("GShard", () => new GShardTransformer(), GShardTransformer.Card, 1.867),
        new("DeepSeekMoE", () => new FineGrained(), FineGrained.Card, 1.808),
        new("DeepSeekMoE, bias", () => new FineGrainedByBias(), FineGrainedByBias.Card, null),
    ];
}
