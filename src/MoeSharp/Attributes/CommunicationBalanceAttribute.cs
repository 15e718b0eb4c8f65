namespace MoeSharp;

/// <summary>
/// Declares the communication balance loss (DeepSeek-V2, arXiv 2405.04434 eq. 29–31): <c>α · Σ_d f''_d·P''_d</c>, with <c>f''_d = D/(M·T) · </c>the tokens sent to
/// device d, a token counted once a device (no gradient), and P''_d the sum of its experts' mean scores. The devices are <see cref="ExpertsAttribute.Devices"/>.
/// </summary>
/// <param name="weight">α. The default is 0.02.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CommunicationBalanceAttribute(double weight = 0.02) : Attribute
{
    /// <summary>α.</summary>
    public double Weight { get; } = weight;

    /// <summary>
    /// M, the most devices a token is sent to. The default is the gate's <see cref="GateAttribute.TopGroups"/> where its groups are the devices, and otherwise as many as
    /// a token has experts or there are devices.
    /// </summary>
    public int Limit { get; set; }

    /// <summary>Within each sequence, then the mean over sequences, as in the paper's training. The default is over the batch.</summary>
    public bool PerSequence { get; set; }
}
