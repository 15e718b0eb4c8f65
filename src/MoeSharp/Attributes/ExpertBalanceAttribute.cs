namespace MoeSharp;

/// <summary>
/// Declares the expert-level balance loss (DeepSeekMoE, arXiv 2401.06066 eq. 12–14): <c>α · Σ_i f_i·P_i</c> over the batch, with
/// <c>f_i = N/(K·T) · c_i</c> the share of the tokens sent to expert i (no gradient) and P_i its mean score.
/// </summary>
/// <param name="weight">α. The default is 0.001, the paper's at 16B (0.01 at 2B; DeepSeek-V2: 0.003 per sequence).</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExpertBalanceAttribute(double weight = 0.001) : Attribute
{
    /// <summary>α.</summary>
    public double Weight { get; } = weight;

    /// <summary>Within each sequence, then the mean over sequences (DeepSeek-V2, arXiv 2405.04434 eq. 23–25). The default is over the batch.</summary>
    public bool PerSequence { get; set; }
}
