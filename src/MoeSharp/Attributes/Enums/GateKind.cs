namespace MoeSharp;

/// <summary>How a gate turns router logits into scores.</summary>
public enum GateKind
{
    /// <summary>Softmax over all experts, then the top K (DeepSeekMoE, arXiv 2401.06066; Mixtral with <c>Normalize = true</c>).</summary>
    Softmax,

    /// <summary>A sigmoid an expert; selected by score plus balance bias, weighed by the score alone (DeepSeek-V3, arXiv 2412.19437 §2.1.2).</summary>
    Sigmoid,
}
