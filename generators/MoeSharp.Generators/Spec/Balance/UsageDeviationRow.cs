namespace MoeSharp.Generators.Spec.Balance;

/// <summary>The spread of the mean scores, since a count has no gradient.</summary>
internal static class UsageDeviationRow
{
    public static readonly BalanceRow Row = new("UsageDeviation", "usage_deviation", 0.1)
    {
        Equation = "sqrt(popvar(P) + 1e-12)",
        Class = "UsageDeviationLoss",
        Constant = Constancy.OfOneExpert,
    };
}
