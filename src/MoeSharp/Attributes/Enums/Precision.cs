namespace MoeSharp;

/// <summary>What a model is trained in.</summary>
public enum Precision
{
    /// <summary>Everything in float32.</summary>
    Float32,

    /// <summary>
    /// Products in bfloat16, their sums in float32 (mixed precision, arXiv 1710.03740; bfloat16 needs no loss scale): weights, gradients, the optimiser's
    /// moments, the residual stream, the norms and the gates, their products included, stay in float32, and a copy of the weights in bfloat16 is what all other
    /// products, with their biases, and the embedding read. On the CPU; elsewhere float32.
    /// </summary>
    BFloat16,
}
