namespace MoeSharp.Runtime;

/// <summary>
/// <c>Σ_d f'_d·P'_d</c>, f'_d the mean over device d's experts of <c>f_i = N/(K·T)·c_i</c>, P'_d the sum of their P_i (DeepSeekMoE, arXiv 2401.06066
/// eq. 15–17).
/// </summary>
public static class DeviceBalanceLoss
{
    /// <summary>The loss before its weight.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    /// <param name="devices">D.</param>
    public static double Value(RoutingSums sums, int active, int devices) => sums.Dot(Slope(sums, active, devices));

    /// <summary><c>∂L/∂P_i = f'_d</c> of the device that expert i lies on.</summary>
    /// <param name="sums">The tokens it is about.</param>
    /// <param name="active">K.</param>
    /// <param name="devices">D.</param>
    public static double[] Slope(RoutingSums sums, int active, int devices)
    {
        var f = ExpertBalanceLoss.Load(sums.Chosen, sums.CountedTokens, active);
        double[] means = [.. f.Chunk(f.Length / devices).Select(device => device.Average())];
        return Spread(means, f.Length);
    }

    /// <summary>A number a device, for each of its experts.</summary>
    internal static double[] Spread(double[] perDevice, int experts) =>
        [.. Enumerable.Range(0, experts).Select(expert => perDevice[expert / (experts / perDevice.Length)])];
}
