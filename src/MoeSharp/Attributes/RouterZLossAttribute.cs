namespace MoeSharp;

/// <summary>
/// Declares the router z-loss (ST-MoE, arXiv 2202.08906 eq. 5): <c>w · mean_t (log Σ_i exp(logit_i))²</c>, which keeps router logits small.
/// </summary>
/// <param name="weight">w. The default is 0.001.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RouterZLossAttribute(double weight = 0.001) : Attribute
{
    /// <summary>w.</summary>
    public double Weight { get; } = weight;
}
