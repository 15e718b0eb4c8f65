namespace MoeSharp.Runtime;

/// <summary>
/// <c>Σ_d f''_d·P''_d</c>, <c>f''_d = D/(M·T)·</c>the tokens sent to device d, P''_d the sum of its experts' P_i (DeepSeek-V2, arXiv 2405.04434 eq. 29–31).
/// </summary>
public static class CommunicationBalanceLoss
{
    /// <summary>The loss before its weight.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="devices">D.</param>
    /// <param name="limit">M, the most devices a token is sent to.</param>
    public static double Value(RoutingSums sums, int devices, int limit) => sums.Dot(Slope(sums, devices, limit));

    /// <summary><c>∂L/∂P_i = f''_d</c> of the device that expert i lies on.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="devices">D.</param>
    /// <param name="limit">M, the most devices a token is sent to.</param>
    public static double[] Slope(RoutingSums sums, int devices, int limit) => sums.CountedTokens == 0
        ? new double[sums.Experts]
        : DeviceBalanceLoss.Spread(Array.ConvertAll(sums.Devices, sent => (double)devices * sent / ((double)limit * sums.CountedTokens)), sums.Experts);
}
