namespace MoeSharp.Generators.Spec.Balance;

/// <summary>ST-MoE, arXiv 2202.08906 eq. 5.</summary>
internal static class RouterZLossRow
{
    public static readonly BalanceRow Row = new("RouterZLoss", "router_z_loss", 0.001)
    {
        Equation = "mean_t (log Σ_i exp(logit_i))²",
        Class = "RouterZLoss",
        Path = BalancePath.Logits,
        Constant = (_, _) => null,
    };
}
