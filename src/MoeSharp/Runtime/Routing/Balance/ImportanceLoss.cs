namespace MoeSharp.Runtime;

/// <summary>
/// <c>popvar(I) / (mean(I)² + 1e-10)</c> over the experts, I the sum of the tokens' routing weights (Shazeer et al. 2017, arXiv 1701.06538 eq. 6–7): the
/// squared coefficient of variation.
/// </summary>
public static class ImportanceLoss
{
    private const double Epsilon = 1e-10;

    /// <summary>The loss before its weight.</summary>
    public static double Value(RoutingSums sums) => SquaredVariation(sums.Weights);

    /// <summary><c>∂L/∂I</c>.</summary>
    public static double[] Slope(RoutingSums sums) => SquaredVariationSlope(sums.Weights);

    /// <summary><c>popvar(x) / (mean(x)² + 1e-10)</c>.</summary>
    internal static double SquaredVariation(double[] values)
    {
        var mean = values.Average();
        return Variance(values) / ((mean * mean) + Epsilon);
    }

    /// <summary>With <c>d = mean² + 1e-10</c>: <c>(2/N)·((x_i − mean)/d − popvar·mean/d²)</c>.</summary>
    internal static double[] SquaredVariationSlope(double[] values)
    {
        var (mean, variance) = (values.Average(), Variance(values));
        var divisor = (mean * mean) + Epsilon;
        return Array.ConvertAll(values, value => 2.0 / values.Length * (((value - mean) / divisor) - (variance * mean / (divisor * divisor))));
    }

    /// <summary>The population variance.</summary>
    internal static double Variance(double[] values)
    {
        var mean = values.Average();
        return values.Select(value => (value - mean) * (value - mean)).Average();
    }
}
