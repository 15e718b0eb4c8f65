namespace MoeSharp.Generators.Spec.Balance;

/// <summary>DeepSeekMoE, arXiv 2401.06066 eq. 12–14.</summary>
internal static class ExpertBalanceRow
{
    public static readonly BalanceRow Row = new("ExpertBalance", "expert_balance", 0.001) { Equation = "Σ_i f_i·P_i" };
}
