namespace MoeSharp;

/// <summary>What backward computes again instead of reading what forward kept: memory for time. The numbers are the same, bit for bit.</summary>
public enum RecomputeKind
{
    /// <summary>Nothing but what always is: the attention's probabilities, the experts' activations and their gathered rows.</summary>
    None,

    /// <summary>
    /// What is cheap to compute again from what is kept anyway: the output of a norm, of an activation, of the gate's jitter (arXiv 2205.05198; Megatron's
    /// <c>--recompute-granularity selective</c> with <c>--recompute-modules layernorm moe_act</c>). No product is computed twice.
    /// </summary>
    Activations,

    /// <summary>
    /// Everything of a transformer block but its input, which alone is kept; outside of blocks as <see cref="Activations"/> (Megatron's
    /// <c>--recompute-granularity full</c>, PyTorch's <c>torch.utils.checkpoint</c>; arXiv 1604.06174). A layer of its own is one block.
    /// </summary>
    Block,
}
