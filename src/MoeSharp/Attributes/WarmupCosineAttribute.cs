namespace MoeSharp;

/// <summary>
/// Declares the learning rate's course: linear from 0 over the warm-up (arXiv 1706.02677 §2.2), then half a cosine down to <see cref="Minimum"/> at the last step
/// (arXiv 1608.03983 eq. 5, without restarts). Without a schedule it is constant.
/// </summary>
/// <param name="warmupSteps">Steps of the warm-up.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WarmupCosineAttribute(int warmupSteps) : Attribute
{
    /// <summary>Steps of the warm-up.</summary>
    public int WarmupSteps { get; } = warmupSteps;

    /// <summary>The last learning rate as a share of the highest. The default is 0.1.</summary>
    public double Minimum { get; set; } = 0.1;
}
