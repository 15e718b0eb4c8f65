namespace MoeSharp;

/// <summary>
/// Declares balance without a loss (arXiv 2408.15664; DeepSeek-V3 §2.1.2): a bias an expert, added to the scores for selection only and moved
/// after each optimiser step by <c>Rate · sign(mean(c) − c_i)</c>, c the tokens each expert got.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BalanceBiasAttribute : Attribute
{
    /// <summary>How far a bias moves in a step, γ. The default is 0.001.</summary>
    public double Rate { get; set; } = 0.001;
}
