namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>Switch, arXiv 2101.03961: one expert with its raw probability, a jittered gate, 1.25 times the mean load by position, the paper's loss.</summary>
internal static class SwitchRecipe
{
    public static readonly Recipe Row = new(
        "Switch",
        new("Gate", "Softmax, Normalize = false, Scale = 1, Jitter = 0.01", new("Kind", (double)GateKind.Softmax), new("Normalize", 0), new("Scale", 1), new("Jitter", 0.01)),
        new("Capacity", "1.25, By = Position", new("Factor", 1.25), new("By", (double)DropOrder.Position)),
        new("SwitchBalance", "0.01", new NamedNumber("Weight", 0.01)))
    {
        Active = 1,
    };
}
