namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>GShard, arXiv 2006.16668 algorithm 1: two experts, weights normalised over both, the second kept at random, 2·T/N tokens an expert (a factor of 1, as K is in the formula), a loss on first choices.</summary>
internal static class GShardRecipe
{
    public static readonly Recipe Row = new(
        "GShard",
        new(
            "Gate", "Softmax, Normalize = true, Scale = 1, SecondExpert = SecondExpert.Random", new("Kind", (double)GateKind.Softmax), new("Normalize", 1), new("Scale", 1),
            new("SecondExpert", (double)SecondExpert.Random)),
        new("Capacity", "1, By = Position", new("Factor", 1), new("By", (double)DropOrder.Position)),
        new("SwitchBalance", "0.01, FirstChoice = true", new("Weight", 0.01), new("FirstChoice", 1)))
    {
        Active = 2,
    };
}
