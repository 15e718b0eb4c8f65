using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>What keeps the experts' load even.</summary>
internal static class BalanceRules
{
    public static readonly Rule[] All =
    [
        .. Force("BalanceBias", "Rate", m => m.BalanceBias?.Rate),
        .. BalanceTable.All.SelectMany(row => Force(row.Word, "Weight", m => LossOf(m, row)?.Weight)),
        new("MOE0404", "BalanceBias", "Rate", m => m.BalanceBias is { Rate: >= 1 and var rate } && IsFinite(rate) ? [rate] : null),
    ];

    /// <summary>A force on the router: a negative one unbalances, and 0 has no effect, as any has none where every expert gets every token.</summary>
    private static IEnumerable<Rule> Force(string word, string argument, Func<ModelSpec, double?> value) =>
    [
        new("MOE0401", word, argument, m => value(m) is { } given && (given < 0 || !IsFinite(given)) ? [argument, given] : null),
        new("MOE0402", word, argument, m => value(m) is 0 ? [word, argument] : null),
        new("MOE0403", word, "", m => value(m) is not null && m.Experts is { Count: > 0 } e && e.Active == e.Count ? [word, e.Count] : null),
    ];

    private static BalanceLossSpec? LossOf(ModelSpec m, BalanceRow row) => m.BalanceLosses.FirstOrDefault(loss => loss.Word == row.Word);
}
