namespace MoeSharp.Runtime;

/// <summary><c>popvar(L) / (mean(L)² + 1e-10)</c>, L the smooth loads of <see cref="NoisyLoad"/> (Shazeer et al. 2017, arXiv 1701.06538 appendix A).</summary>
public static class LoadLoss
{
    /// <summary>The loss before its weight.</summary>
    public static double Value(RoutingSums sums) => ImportanceLoss.SquaredVariation(sums.Loads);

    /// <summary><c>∂L/∂load</c>.</summary>
    public static double[] Slope(RoutingSums sums) => ImportanceLoss.SquaredVariationSlope(sums.Loads);
}
