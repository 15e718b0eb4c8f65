namespace MoeSharp;

/// <summary>
/// Declares the importance loss (Shazeer et al. 2017, arXiv 1701.06538 eq. 6–7): <c>w · popvar(I) / (mean(I)² + 1e-10)</c> over the experts, I the sum of the
/// tokens' routing weights for an expert. Its gradient goes through the weights of the chosen experts.
/// </summary>
/// <param name="weight">w. The default is 0.1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ImportanceLossAttribute(double weight = 0.1) : Attribute
{
    /// <summary>w.</summary>
    public double Weight { get; } = weight;
}
