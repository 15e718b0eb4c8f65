namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>DeepSeek-V3, arXiv 2412.19437 §2.1.2: normalised sigmoid weights times 2.5, the best 4 of 8 groups by their two best biased scores, balance by a bias and a light loss a sequence.</summary>
internal static class DeepSeekV3Recipe
{
    public static readonly Recipe Row = new(
        "DeepSeekV3",
        new(
            "Gate", "Sigmoid, Groups = 8, TopGroups = 4, GroupScore = SumOfTwoBest, Normalize = true, Scale = 2.5", new("Kind", (double)GateKind.Sigmoid), new("Groups", 8), new("TopGroups", 4),
            new("GroupScore", (double)GroupScore.SumOfTwoBest), new("Normalize", 1), new("Scale", 2.5)),
        new("BalanceBias", "Rate = 0.001", new NamedNumber("Rate", 0.001)),
        new("SequenceBalance", "0.0001", new NamedNumber("Weight", 0.0001)));
}
