using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>What keeps the experts' load even.</summary>
internal static class BalanceRules
{
    /// <summary>Pairs of words that declare one loss twice, and where: both are <c>Σ f·P</c> of the same counts, over the same tokens.</summary>
    private static readonly (string First, string Second, Func<ModelSpec, bool> Where)[] Same =
    [
        ("ExpertBalance", "SwitchBalance", m => Scope(m, "ExpertBalance") == BalanceScope.Batch && LossOf(m, "SwitchBalance")!["FirstChoice"] == 0 && IsOfOneLayer(m)),
        ("SequenceBalance", "ExpertBalance", m => Scope(m, "ExpertBalance") == BalanceScope.Sequences),
        ("ExpertBalance", "DeviceBalance", m => Devices(m) == m.Experts!.Count && Scope(m, "ExpertBalance") == Scope(m, "DeviceBalance")),
    ];

    public static readonly Rule[] All =
    [
        .. Force("BalanceBias", "Rate", m => m.BalanceBias?.Rate),
        .. BalanceTable.All.SelectMany(row => Force(row.Word, "Weight", m => LossOf(m, row.Word)?.Weight)),
        new("MOE0403", "BalanceBias", "", m => m.BalanceBias is not null && m.Experts is { Count: > 0 } e && e.Active == e.Count ? [e.Count] : null),
        new("MOE0404", "BalanceBias", "Rate", m => m.BalanceBias is { Rate: >= 1 and var rate } && IsFinite(rate) ? [rate] : null),
        Positive("Experts", "Devices", m => m.Experts?.Devices),
        new("MOE0405", "Experts", "Devices", m => m.Experts is { Count: > 0, Devices: > 1 } e && m.Declares("Experts.Devices") && e.Count % e.Devices != 0
            ? [e.Count, e.Devices]
            : null),
        .. DeviceWords.Select(word => new Rule("MOE0406", word, "", m => LossOf(m, word) is not null && m.Experts is { Devices: 1 } ? [word] : null)),
        .. Same.Select(pair => new Rule("MOE0407", pair.Second, "", m =>
            m.Experts is not null && LossOf(m, pair.First) is not null && LossOf(m, pair.Second) is not null && pair.Where(m) ? [pair.Second, pair.First] : null)),
        new("MOE0408", "DeviceCapacity", "Devices", m => m is { DeviceCapacity.Devices: > 0 and var own, Experts.Devices: > 0 and var all }
            && m.Declares("Experts.Devices") && own != all
            ? [own, all]
            : null),
        new("MOE0409", "CommunicationBalance", "Limit", m => m.Experts is { Devices: > 1 } e && m.Declares("CommunicationBalance.Limit")
            && LossOf(m, "CommunicationBalance")?["Limit"] is { } limit && (limit < 1 || limit > Math.Min(e.Devices, e.Active))
            ? [(int)limit, Math.Min(e.Devices, e.Active)]
            : null),
        new("MOE0410", "LoadLoss", "", m => LossOf(m, "LoadLoss") is not null && m.Experts is not null && m.Gate.Kind is not (GateKind.NoisyTopK or GateKind.ExpertChoice)
            ? [m.Gate.Kind]
            : null),
        new("MOE0417", "LoadLoss", "", m => LossOf(m, "LoadLoss") is not null && m.Gate.Kind == GateKind.NoisyTopK && (m.BalanceBias is not null || m.Gate.IsGroupLimited)
            ? [m.BalanceBias is not null ? "[BalanceBias] moves the choice" : "the gate closes groups of experts"]
            : null),
        new("MOE0411", "BalanceBias", "Until", m => m.BalanceBias is { Until: < 0 } bias ? [bias.Until] : null),
        new("MOE0412", "BalanceBias", "Until", m => m is { BalanceBias.Until: > 0 and var until, Train.Steps: > 0 and var steps } && until >= steps ? [until, steps] : null),
        new("MOE0413", "SwitchBalance", "GlobalBatch", m => LossOf(m, "SwitchBalance") is { } loss && loss["GlobalBatch"] == 1 && Scope(m, "SwitchBalance") == BalanceScope.Layers
            ? []
            : null),
        new("MOE0414", "SwitchBalance", "FirstChoice", m => LossOf(m, "SwitchBalance") is { } loss && loss["FirstChoice"] == 1 && m.Experts is { Active: 1 } ? [] : null),
        new("MOE0415", "SwitchBalance", "Dialect", m => LossOf(m, "SwitchBalance") is { } loss && !Enum.IsDefined(typeof(BalanceDialect), (int)loss["Dialect"])
            ? [(int)loss["Dialect"], nameof(BalanceDialect)]
            : null),
        new("MOE0415", "BalanceBias", "Update", m => m.BalanceBias is { } bias && !Enum.IsDefined(typeof(BiasUpdate), bias.Update)
            ? [(int)bias.Update, nameof(BiasUpdate)]
            : null),
    ];

    private static IEnumerable<string> DeviceWords => BalanceTable.All.Where(row => row.IsOverDevices).Select(row => row.Word);

    /// <summary>A force on the router: a negative one unbalances, and 0 has no effect.</summary>
    private static IEnumerable<Rule> Force(string word, string argument, Func<ModelSpec, double?> value) =>
    [
        new("MOE0401", word, argument, m => value(m) is { } given && (given < 0 || !IsFinite(given)) ? [argument, given] : null),
        new("MOE0402", word, argument, m => value(m) is 0 ? [word, argument] : null),
    ];

    private static BalanceLossSpec? LossOf(ModelSpec m, string word) => m.BalanceLosses.FirstOrDefault(loss => loss.Word == word);

    private static BalanceScope? Scope(ModelSpec m, string word) => LossOf(m, word) is { } loss ? loss.Row.Scope(loss) : null;

    private static int Devices(ModelSpec m) => m.Experts?.Devices ?? 1;

    /// <summary>Over one layer's batch; Hugging Face's dialect pools the layers, of which a layer of its own is all there are.</summary>
    private static bool IsOfOneLayer(ModelSpec m) =>
        Scope(m, "SwitchBalance") == BalanceScope.Batch || (Scope(m, "SwitchBalance") == BalanceScope.Layers && m.IsLayer);
}
