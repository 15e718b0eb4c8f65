namespace MoeSharp;

/// <summary>What implementations of <see cref="SwitchBalanceAttribute"/> disagree on.</summary>
public enum BalanceDialect
{
    /// <summary><c>N/K · Σ_i (c_i/T)·P_i</c> in each layer, 1 in balance whatever K (Megatron, MegaBlocks, DeepSpeed).</summary>
    Megatron,

    /// <summary>
    /// <c>N · Σ_i (c_i/T)·P_i</c>, not divided by K, over the tokens of all layers as one: c, T and P are summed before they are multiplied (Hugging Face's
    /// Mixtral and OLMoE, <c>load_balancing_loss_func</c>). It is one loss a model, not one a layer; a layer of its own is all its layers.
    /// </summary>
    HuggingFace,
}
