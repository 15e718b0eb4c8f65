namespace MoeSharp.Generators.Spec.Balance;

/// <summary>Shazeer et al. 2017, arXiv 1701.06538 eq. 6–7.</summary>
internal static class ImportanceLossRow
{
    public static readonly BalanceRow Row = new("ImportanceLoss", "importance_loss", 0.1)
    {
        Equation = "popvar(I)/(mean(I)² + 1e-10), I_i the sum of the weights of expert i",
        Class = "ImportanceLoss",
        Path = BalancePath.Weights,
        Constant = Constancy.OfOneExpert,
    };
}
