namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>Mixtral, arXiv 2401.04088 and its configuration: normalised softmax weights, Hugging Face's pooled form of Switch's loss.</summary>
internal static class MixtralRecipe
{
    public static readonly Recipe Row = new(
        "Mixtral",
        new("Gate", "Softmax, Normalize = true, Scale = 1", new("Kind", (double)GateKind.Softmax), new("Normalize", 1), new("Scale", 1)),
        new("SwitchBalance", "0.02, Dialect = HuggingFace", new("Weight", 0.02), new("Dialect", (double)BalanceDialect.HuggingFace)));
}
