namespace MoeSharp;

/// <summary>Declares the SwiGLU feed-forward network of the dense layers: <c>down(silu(gate·x) ⊙ up·x)</c>, no biases (arXiv 2002.05202).</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class FeedForwardAttribute : Attribute
{
    /// <summary>Hidden width (Hugging Face: <c>intermediate_size</c>). The default is 8/3 of Dim, rounded up to a multiple of 64.</summary>
    public int Hidden { get; set; }
}
