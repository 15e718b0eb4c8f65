namespace MoeSharp.Generators.Spec.Balance;

/// <summary>DeepSeek-V3, arXiv 2412.19437 eq. 17–20.</summary>
internal static class SequenceBalanceRow
{
    public static readonly BalanceRow Row = new("SequenceBalance", "sequence_balance", 0.0001)
    {
        Equation = "Σ_i f_i·P_i, f of the unbiased, ungrouped top K",
        Class = "SequenceBalanceLoss",
        Scope = _ => BalanceScope.Sequences,
        Counts = BalanceCounts.Unbiased,
        Arguments = (spec, _) => [BalanceTable.Active(spec)],
    };
}
