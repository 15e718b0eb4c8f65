namespace MoeSharp;

/// <summary>
/// Declares a decoder-only language model: <c>h = x + Attention(norm(x))</c>, <c>y = h + FFN(norm(h))</c> in every layer, a final RMSNorm and a
/// head. Where <see cref="ExpertsAttribute"/> stands beside it, the layers after the first <see cref="DenseLayers"/> are mixtures of experts.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TransformerAttribute : Attribute
{
    /// <summary>Number of token ids.</summary>
    public int Vocab { get; set; }

    /// <summary>Width of the residual stream (Hugging Face: <c>hidden_size</c>).</summary>
    public int Dim { get; set; }

    /// <summary>Number of layers.</summary>
    public int Layers { get; set; }

    /// <summary>How many of the first layers have a dense feed-forward network (Hugging Face: <c>first_k_dense_replace</c>). The default is 0.</summary>
    public int DenseLayers { get; set; }

    /// <summary>Tokens in a sequence, at most.</summary>
    public int Context { get; set; }

    /// <summary>Whether the head shares its weight with the embedding. The default is no.</summary>
    public bool TieEmbeddings { get; set; }
}
