namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>Qwen3's mixtures, arXiv 2505.09388 and their configuration: normalised softmax weights, Switch's loss over the global batch.</summary>
internal static class Qwen3MoeRecipe
{
    public static readonly Recipe Row = new(
        "Qwen3Moe",
        new("Gate", "Softmax, Normalize = true, Scale = 1", new("Kind", (double)GateKind.Softmax), new("Normalize", 1), new("Scale", 1)),
        new("SwitchBalance", "0.001, GlobalBatch = true", new("Weight", 0.001), new("GlobalBatch", 1)));
}
