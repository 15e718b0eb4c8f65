namespace MoeSharp.Runtime;

/// <summary>
/// <c>N/divisor · Σ_i (c_i/T)·P_i</c> (Switch, arXiv 2101.03961 eq. 4): the divisor is K as in Megatron or 1 as in Hugging Face, and c are all choices, or the
/// tokens' first choices alone (GShard, arXiv 2006.16668 algorithm 1).
/// </summary>
public static class SwitchBalanceLoss
{
    /// <summary>The loss before its weight.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="divisor">K or 1.</param>
    /// <param name="firstChoice">Whether first choices alone are counted.</param>
    public static double Value(RoutingSums sums, int divisor, bool firstChoice = false) => sums.Dot(Slope(sums, divisor, firstChoice));

    /// <summary><c>∂L/∂P_i = N/divisor · c_i/T</c>.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="divisor">K or 1.</param>
    /// <param name="firstChoice">Whether first choices alone are counted.</param>
    public static double[] Slope(RoutingSums sums, int divisor, bool firstChoice = false) =>
        ExpertBalanceLoss.Load(firstChoice ? sums.First : sums.Chosen, sums.CountedTokens, divisor);
}
