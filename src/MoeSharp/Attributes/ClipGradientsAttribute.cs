namespace MoeSharp;

/// <summary>
/// Declares clipping by the global norm (arXiv 1211.5063 algorithm 1, as PyTorch's <c>clip_grad_norm_</c> computes it): gradients longer than
/// <paramref name="maxNorm"/> are scaled down to it.
/// </summary>
/// <param name="maxNorm">The longest gradient that stays as it is. The default is 1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ClipGradientsAttribute(double maxNorm = 1.0) : Attribute
{
    /// <summary>The longest gradient that stays as it is.</summary>
    public double MaxNorm { get; } = maxNorm;
}
