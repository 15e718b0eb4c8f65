namespace MoeSharp;

/// <summary>
/// Declares balance without a loss (arXiv 2408.15664; DeepSeek-V3, arXiv 2412.19437 §2.1.2): a bias an expert, added to the scores for selection only and
/// moved once after each optimiser step by <c>Rate · sign(mean(c) − c_i)</c>, c the tokens each expert got in all micro-batches of the step.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class BalanceBiasAttribute : Attribute
{
    /// <summary>How far a bias moves in a step, γ. The default is 0.001.</summary>
    public double Rate { get; set; } = 0.001;

    /// <summary>How the counts become a step. The default is their sign.</summary>
    public BiasUpdate Update { get; set; }

    /// <summary>
    /// The optimiser step after which the rate is 0, for a late phase without movement (DeepSeek-V3 §4.2: the last 500 of 14,800 billion tokens). The steps taken are
    /// counted in a buffer of the module, <c>balance_updates</c>, and saved with it. The default, 0, is never.
    /// </summary>
    public int Until { get; set; }
}
