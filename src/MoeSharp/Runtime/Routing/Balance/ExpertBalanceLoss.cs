namespace MoeSharp.Runtime;

/// <summary>
/// <c>Σ_i f_i·P_i</c> with <c>f_i = N/(K·T)·c_i</c>, c the tokens that chose expert i (DeepSeekMoE, arXiv 2401.06066 eq. 12–14). Balance gives 1 where
/// scores sum to one.
/// </summary>
public static class ExpertBalanceLoss
{
    /// <summary>The loss before its weight.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    public static double Value(RoutingSums sums, int active) => sums.Dot(Slope(sums, active));

    /// <summary><c>∂L/∂P_i = f_i</c>.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    public static double[] Slope(RoutingSums sums, int active) => Load(sums.Chosen, sums.CountedTokens, active);

    /// <summary><c>f_i = N/(K·T)·c_i</c>; 0 where there is no token.</summary>
    internal static double[] Load(long[] counts, long tokens, int active) =>
        Array.ConvertAll(counts, count => tokens == 0 ? 0 : (double)counts.Length * count / ((double)active * tokens));
}
