namespace MoeSharp.Generators.Spec.Balance;

/// <summary>DeepSeekMoE, arXiv 2401.06066 eq. 12–14; within a sequence DeepSeek-V2, arXiv 2405.04434 eq. 23–25.</summary>
internal static class ExpertBalanceRow
{
    public static readonly BalanceRow Row = new("ExpertBalance", "expert_balance", 0.001)
    {
        Equation = "Σ_i f_i·P_i",
        Class = "ExpertBalanceLoss",
        Options = [new("PerSequence", 0)],
        Scope = BalanceTable.PerSequence,
        Arguments = (spec, _) => [BalanceTable.Active(spec)],
    };
}
