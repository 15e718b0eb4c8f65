namespace MoeSharp;

/// <summary>
/// Declares the load-balancing loss of Switch (arXiv 2101.03961 eq. 4–6): <c>α · N · Σ_i (c_i/T)·P_i</c>, c the tokens that chose expert i (no gradient) and P its
/// mean score; divided by K where a token has K experts, so that balance gives 1.
/// </summary>
/// <param name="weight">α. The default is 0.01.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SwitchBalanceAttribute(double weight = 0.01) : Attribute
{
    /// <summary>α.</summary>
    public double Weight { get; } = weight;

    /// <summary>Divided by K in each layer, or as Hugging Face has it. The default is Megatron's.</summary>
    public BalanceDialect Dialect { get; set; }

    /// <summary>c counts a token's first choice alone, and nothing is divided by K (GShard, arXiv 2006.16668 algorithm 1). The default is all its choices.</summary>
    public bool FirstChoice { get; set; }

    /// <summary>
    /// c counts the tokens of all micro-batches of a training step (Qwen3; arXiv 2501.11873), exactly: with several micro-batches the trainer first runs forward
    /// over all of them to count, which costs a third of a step; P and the gradient stay the micro-batch's. A forward call under autograd is a batch of its own.
    /// </summary>
    public bool GlobalBatch { get; set; }
}
