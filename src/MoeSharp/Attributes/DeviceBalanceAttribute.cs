namespace MoeSharp;

/// <summary>
/// Declares the device-level balance loss (DeepSeekMoE, arXiv 2401.06066 eq. 15–17): <c>α · Σ_d f'_d·P'_d</c>, with f'_d the mean of the experts' f on device d
/// (no gradient) and P'_d the sum of their mean scores. The devices are <see cref="ExpertsAttribute.Devices"/>.
/// </summary>
/// <param name="weight">α. The default is 0.05.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DeviceBalanceAttribute(double weight = 0.05) : Attribute
{
    /// <summary>α.</summary>
    public double Weight { get; } = weight;

    /// <summary>Within each sequence, then the mean over sequences (DeepSeek-V2, arXiv 2405.04434 eq. 26–28). The default is over the batch.</summary>
    public bool PerSequence { get; set; }
}
