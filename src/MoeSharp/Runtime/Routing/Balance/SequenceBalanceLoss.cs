namespace MoeSharp.Runtime;

/// <summary>
/// <c>Σ_i f_i·P_i</c> within a sequence, where f counts the K largest unbiased, ungrouped scores, whatever the gate chose (DeepSeek-V3, arXiv
/// 2412.19437 eq. 17–20).
/// </summary>
public static class SequenceBalanceLoss
{
    /// <summary>The loss before its weight.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    public static double Value(RoutingSums sums, int active) => sums.Dot(Slope(sums, active));

    /// <summary><c>∂L/∂P_i = f_i</c>.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    public static double[] Slope(RoutingSums sums, int active) => ExpertBalanceLoss.Load(sums.Unbiased, sums.CountedTokens, active);
}
