namespace MoeSharp;

/// <summary>
/// Declares DeepSeek-V2's device-level token dropping (arXiv 2405.04434 §2.2.4): the experts lie on <see cref="Devices"/> devices in contiguous groups, and in training a
/// device takes at most <c>⌈Factor·K·T/D⌉</c> pairs of a token and an expert, T the tokens of one forward call (of a micro-batch) that are no padding. Beyond it the
/// pairs of the lowest scores are dropped; of equal scores those of the later token, then of the later choice.
/// </summary>
/// <remarks>
/// The tokens of about a part <see cref="Exempt"/> of the sequences are never dropped: each sequence is drawn with that probability anew in each forward call, for
/// all layers alike, from the module's seeded random numbers. Their pairs take their device's places first, and all of them, even where they are more than the
/// budget. Otherwise as <see cref="CapacityAttribute"/>: weights are normalised before dropping, and evaluation drops nothing.
/// </remarks>
/// <param name="factor">The budget as a multiple of the mean load of a device. The default, the paper's, is 1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DeviceCapacityAttribute(double factor = 1.0) : Attribute
{
    /// <summary>The budget as a multiple of the mean load of a device.</summary>
    public double Factor { get; } = factor;

    /// <summary>The devices D that experts are spread over in contiguous groups of N/D.</summary>
    public int Devices { get; set; }

    /// <summary>The part of the sequences whose tokens are never dropped. The default, the paper's, is 0.1.</summary>
    public double Exempt { get; set; } = 0.1;
}
