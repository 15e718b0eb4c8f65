namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>OLMoE, arXiv 2409.02060: raw softmax weights, the pooled form of Switch's loss and the router's z-loss.</summary>
internal static class OlMoeRecipe
{
    public static readonly Recipe Row = new(
        "OlMoe",
        new("Gate", "Softmax, Normalize = false, Scale = 1", new("Kind", (double)GateKind.Softmax), new("Normalize", 0), new("Scale", 1)),
        new("SwitchBalance", "0.01, Dialect = HuggingFace", new("Weight", 0.01), new("Dialect", (double)BalanceDialect.HuggingFace)),
        new("RouterZLoss", "0.001", new NamedNumber("Weight", 0.001)));
}
