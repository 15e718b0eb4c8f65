namespace MoeSharp.Generators.Spec.Recipes;

/// <summary>DeepSeek-V2, arXiv 2405.04434 §2.1.2 and §2.2: raw softmax weights times 16, the best 3 of 8 groups by their best score, three losses a sequence, and tokens dropped by device.</summary>
internal static class DeepSeekV2Recipe
{
    public static readonly Recipe Row = new(
        "DeepSeekV2",
        new(
            "Gate", "Softmax, Groups = 8, TopGroups = 3, GroupScore = Maximum, Normalize = false, Scale = 16", new("Kind", (double)GateKind.Softmax), new("Groups", 8), new("TopGroups", 3),
            new("GroupScore", (double)GroupScore.Maximum), new("Normalize", 0), new("Scale", 16)),
        new("ExpertBalance", "0.003, PerSequence = true", new("Weight", 0.003), new("PerSequence", 1)),
        new("DeviceBalance", "0.05, PerSequence = true", new("Weight", 0.05), new("PerSequence", 1)),
        new("CommunicationBalance", "0.02, PerSequence = true", new("Weight", 0.02), new("PerSequence", 1)),
        new("DeviceCapacity", "1, Devices = 8, Exempt = 0.1", new("Factor", 1), new("Devices", 8), new("Exempt", 0.1)))
    {
        GroupsAreDevices = true,
    };
}
