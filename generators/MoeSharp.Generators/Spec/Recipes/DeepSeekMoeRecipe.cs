namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>DeepSeekMoE, arXiv 2401.06066: raw softmax weights, no groups, the loss of the 16B model.</summary>
internal static class DeepSeekMoeRecipe
{
    public static readonly Recipe Row = new(
        "DeepSeekMoe",
        new("Gate", "Softmax, Normalize = false, Scale = 1", new("Kind", (double)GateKind.Softmax), new("Normalize", 0), new("Scale", 1)),
        new("ExpertBalance", "0.001", new NamedNumber("Weight", 0.001)));
}
