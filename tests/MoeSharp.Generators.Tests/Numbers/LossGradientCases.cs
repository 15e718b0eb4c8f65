using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Tests.Numbers;

/// <summary>One loss and one gate a declaration: every loss beside every gate, and every form of a loss with every number of experts that may leave it nothing.</summary>
internal static class LossGradientCases
{
    private static readonly string[] Gates =
    [
        "Gate(Softmax)",
        "Gate(Softmax, Normalize = true)",
        "Gate(Softmax, SecondExpert = SecondExpert.Random)",
        "Gate(Softmax, Groups = 3, TopGroups = 2)",
        "Gate(Softmax, Jitter = 0.1), BalanceBias",
        "Gate(Softmax, Normalize = true), Capacity(1)",
        "Gate(Sigmoid)",
        "Gate(Sigmoid, Normalize = false)",
        "Gate(Sigmoid, Groups = 3, TopGroups = 2, Normalize = false), BalanceBias",
        "Gate(NoisyTopK)",
        "Gate(TwoLayer, Hidden = 5)",
        "Gate(TwoLayer, Normalize = true, LearnedNoise = true)",
        "Gate(SubExpert)",
        "Gate(SubExpert, SubScores = 3, Normalize = true)",
        "Gate(SubExpert, SubScoreSoftmax = SubScoreSoftmax.All, SubScoreMerge = SubScoreMerge.Mean)",
        "Gate(ExpertChoice)",
    ];

    private static readonly string[] Forms =
    [
        "ExpertBalance(1)", "ExpertBalance(1, PerSequence = true)", "DeviceBalance(1)", "DeviceBalance(1, PerSequence = true)", "CommunicationBalance(1)",
        "CommunicationBalance(1, PerSequence = true)", "SequenceBalance(1)", "SwitchBalance(1)", "SwitchBalance(1, FirstChoice = true)",
        "SwitchBalance(1, Dialect = HuggingFace)", "SwitchBalance(1, GlobalBatch = true)", "ImportanceLoss(1)", "LoadLoss(1)", "UsageDeviation(1)", "RouterZLoss(1)",
    ];

    /// <summary>Experts, active ones, devices, and a gate: what may leave a loss nothing to choose between.</summary>
    private static readonly (int Count, int Active, int Devices, string Gate)[] Sizes =
    [
        (6, 2, 1, "Gate(Softmax)"),
        (6, 3, 2, "Gate(Softmax)"),
        (6, 4, 2, "Gate(Softmax)"),
        (6, 4, 3, "Gate(Sigmoid)"),
        (6, 5, 3, "Gate(Sigmoid)"),
        (6, 5, 6, "Gate(Softmax)"),
        (6, 6, 2, "Gate(Softmax)"),
        (6, 6, 3, "Gate(Sigmoid)"),
        (6, 6, 2, "Gate(NoisyTopK)"),
        (2, 2, 2, "Gate(Softmax, SecondExpert = SecondExpert.Random)"),
        (12, 4, 2, "Gate(Softmax, Groups = 3, TopGroups = 1)"),
        (12, 7, 2, "Gate(Softmax, Groups = 3, TopGroups = 2)"),
        (12, 8, 4, "Gate(Softmax, Groups = 3, TopGroups = 2)"),
        (12, 7, 2, "Gate(Softmax, Groups = 4, TopGroups = 3)"),
        (12, 9, 4, "Gate(Softmax, Groups = 4, TopGroups = 3)"),
        (1, 1, 1, "Gate(Sigmoid, Normalize = false)"),
        (1, 1, 1, "Gate(Softmax)"),
        (1, 1, 1, "Gate(SubExpert)"),
    ];

    public static IEnumerable<string> All =>
    [
        .. from gate in Gates from row in BalanceTable.All from active in new[] { 1, 2 } select Words(6, active, 3, gate, $"{row.Word}(1)"),
        .. from size in Sizes from loss in Forms select Words(size.Count, size.Active, size.Devices, size.Gate, loss),
    ];

    private static string Words(int count, int active, int devices, string gate, string loss) =>
        $"[Experts({count}, Active = {active}, Dim = 8, Hidden = 4, Devices = {devices}), {gate}, {loss}]";
}
