using System.Linq;

namespace MoeSharp.Generators.Spec.Balance;

/// <summary>The balance losses of the language, one row each. Their order is that of parsing, of the generated code and of the reports.</summary>
internal static class BalanceTable
{
    public static readonly BalanceRow[] All =
    [
        SequenceBalanceRow.Row,
        ExpertBalanceRow.Row,
        DeviceBalanceRow.Row,
        CommunicationBalanceRow.Row,
        SwitchBalanceRow.Row,
        ImportanceLossRow.Row,
        LoadLossRow.Row,
        UsageDeviationRow.Row,
        RouterZLossRow.Row,
    ];

    /// <summary>The row of a word.</summary>
    public static BalanceRow Of(string word) => All.First(row => row.Word == word);

    /// <summary>The row of a part of an operation, or null where the part is no balance loss.</summary>
    public static BalanceRow? OfKey(string key) => All.FirstOrDefault(row => row.Key == key);

    /// <summary>K, as the library's functions name it.</summary>
    internal static NamedNumber Active(ModelSpec spec) => new("active", spec.Experts!.Active);

    /// <summary>D.</summary>
    internal static NamedNumber Devices(ModelSpec spec) => new("devices", spec.Experts!.Devices);

    /// <summary>The scope of a loss with the option <c>PerSequence</c>.</summary>
    internal static BalanceScope PerSequence(BalanceLossSpec loss) => loss["PerSequence"] == 1 ? BalanceScope.Sequences : BalanceScope.Batch;
}
