namespace MoeSharp.Runtime;

/// <summary><c>sqrt(popvar(P) + 1e-12)</c> over the experts: the spread of the mean scores. The epsilon keeps perfect balance, where the root has no slope, from NaN.</summary>
public static class UsageDeviationLoss
{
    private const double Epsilon = 1e-12;

    /// <summary>The loss before its weight; 0 where there is no token.</summary>
    public static double Value(RoutingSums sums) => sums.Tokens == 0 ? 0 : Math.Sqrt(ImportanceLoss.Variance(sums.Means) + Epsilon);

    /// <summary><c>∂L/∂P_i = (P_i − mean(P)) / (N·L)</c>.</summary>
    public static double[] Slope(RoutingSums sums)
    {
        var (means, loss) = (sums.Means, Value(sums));
        var mean = means.Average();
        return Array.ConvertAll(means, each => (each - mean) / (means.Length * loss));
    }
}
