namespace MoeSharp;

/// <summary>
/// Declares the load loss (Shazeer et al. 2017, arXiv 1701.06538 appendix A): <c>w · popvar(L) / (mean(L)² + 1e-10)</c> over the experts, with
/// <c>L_i = Σ_t Φ((E·u − kth_excluding(H, K, i))_i / softplus(E_noise·u)_i)</c>, the smooth estimate of the tokens expert i gets: the probability that it is among the
/// K largest of H if its own noise were drawn anew. For <see cref="GateKind.NoisyTopK"/> alone. All of it has a gradient, the threshold too.
/// </summary>
/// <param name="weight">w. The default is 0.1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class LoadLossAttribute(double weight = 0.1) : Attribute
{
    /// <summary>w.</summary>
    public double Weight { get; } = weight;
}
