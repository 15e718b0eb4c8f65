namespace MoeSharp;

/// <summary>What lies between the linear maps of a feed-forward network, an expert's or a dense layer's.</summary>
public enum ActivationKind
{
    /// <summary>Three matrices, <c>down(silu(gate·x) ⊙ up·x)</c> (arXiv 2002.05202; DeepSeek, Mixtral, Qwen, OLMoE).</summary>
    SwiGlu,

    /// <summary>Two matrices, <c>down(gelu(up·x))</c>, <c>gelu(z) = z·Φ(z)</c> by the error function (arXiv 1606.08415): the exact form, PyTorch's default, not the one with tanh.</summary>
    Gelu,

    /// <summary>Two matrices, <c>down(relu(up·x))</c> (Switch, arXiv 2101.03961; GShard, arXiv 2006.16668). The slope at 0 is 0, as in PyTorch.</summary>
    Relu,
}
