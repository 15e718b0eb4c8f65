namespace MoeSharp;

/// <summary>How a gate turns router logits into scores. <c>E·u</c> are the router logits of a token.</summary>
public enum GateKind
{
    /// <summary>Softmax over all experts, then the top K (DeepSeekMoE, arXiv 2401.06066; Mixtral with <c>Normalize = true</c>; Switch with one active).</summary>
    Softmax,

    /// <summary>A sigmoid an expert; selected by score plus balance bias, weighed by the score alone (DeepSeek-V3, arXiv 2412.19437 §2.1.2).</summary>
    Sigmoid,

    /// <summary>
    /// <c>H = E·u + ε ⊙ softplus(E_noise·u)</c>, ε ~ N(0, 1) in training only; the weights are the softmax over the top K of H (Shazeer 2017,
    /// arXiv 1701.06538 §2.1). Both matrices start at zero, as there.
    /// </summary>
    NoisyTopK,

    /// <summary><c>E2·gelu(E1·u)</c>, then as <see cref="Softmax"/>; <see cref="GateAttribute.LearnedNoise"/> adds <c>ε ⊙ n</c> in training.</summary>
    TwoLayer,

    /// <summary>
    /// Dynamic specialised routing: <see cref="GateAttribute.SubScores"/> logits an expert, a softmax over them, and the greatest or the mean of an expert's as
    /// its score; then the top K of the experts.
    /// </summary>
    SubExpert,

    /// <summary>
    /// Softmax over the experts, and each expert takes its <c>⌊C·T/N⌋</c> best of T tokens (arXiv 2202.09368): a token goes to a varying number of experts.
    /// Not causal: for layers only.
    /// </summary>
    ExpertChoice,
}
