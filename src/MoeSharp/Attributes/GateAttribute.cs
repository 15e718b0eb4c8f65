namespace MoeSharp;

/// <summary>Declares how a token chooses its experts. Ties go to the expert of the lower index. Without this word the gate is <see cref="GateKind.Softmax"/>.</summary>
/// <param name="kind">How logits become scores.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class GateAttribute(GateKind kind) : Attribute
{
    /// <summary>How logits become scores.</summary>
    public GateKind Kind { get; } = kind;

    /// <summary>Contiguous groups the experts lie in, for group-limited routing (Hugging Face: <c>n_group</c>). The default is 1: no groups.</summary>
    public int Groups { get; set; } = 1;

    /// <summary>
    /// Groups that stay eligible for a token (Hugging Face: <c>topk_group</c>). A group is judged by the sum of its two best
    /// biased scores under <see cref="BalanceBiasAttribute"/> (V3, arXiv 2412.19437 §2.1.2) and by its best score without (V2, arXiv 2405.04434 §2.2.2).
    /// The default is all of them.
    /// </summary>
    public int TopGroups { get; set; }

    /// <summary>Factor of the routing weights (Hugging Face: <c>routed_scaling_factor</c>). The default is 1.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>Whether the weights of the chosen experts are divided by their sum. The default is yes for Sigmoid and no for Softmax.</summary>
    public bool Normalize { get; set; }
}
