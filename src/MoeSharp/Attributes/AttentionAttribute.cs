namespace MoeSharp;

/// <summary>Declares a model's attention: causal softmax attention with rotary positions (arXiv 2104.09864, half-split layout).</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AttentionAttribute : Attribute
{
    /// <summary>Number of query heads.</summary>
    public int Heads { get; set; }

    /// <summary>Number of key and value heads; fewer than <see cref="Heads"/> is grouped-query attention (arXiv 2305.13245). The default is <see cref="Heads"/>.</summary>
    public int KvHeads { get; set; }

    /// <summary>Width of a head. The default is <c>Dim / Heads</c>.</summary>
    public int HeadDim { get; set; }

    /// <summary>Base of the rotary angles. The default is 10000.</summary>
    public double RopeTheta { get; set; } = 10000;
}
