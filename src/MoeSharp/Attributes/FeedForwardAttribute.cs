namespace MoeSharp;

/// <summary>Declares the feed-forward network of the dense layers, without biases: <c>down(silu(gate·x) ⊙ up·x)</c> (arXiv 2002.05202) unless told otherwise.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class FeedForwardAttribute : Attribute
{
    /// <summary>
    /// Hidden width (Hugging Face: <c>intermediate_size</c>). The default is 8/3 of Dim, rounded up to a multiple of 64; with two matrices instead of three,
    /// 4 times Dim, which costs the same.
    /// </summary>
    public int Hidden { get; set; }

    /// <summary>The activation. The default is <see cref="ActivationKind.SwiGlu"/>.</summary>
    public ActivationKind Activation { get; set; }
}
