namespace MoeSharp.Generators.Ir;

/// <summary>
/// The operations of the tensor language. A new one is a name here, a rule in Passes/Differentiation, a row of <see cref="OpCost"/>, and an emitter for each lowering.
/// <c>x</c>, <c>y</c> are activations, <c>w</c> a weight, <c>d_</c> a gradient.
/// </summary>
internal static class OpNames
{
    /// <summary><c>y = w[ids]</c></summary>
    public const string Embedding = "embedding";
    public const string EmbeddingBackward = "embedding_backward";

    /// <summary><c>y, rstd = x·rsqrt(mean(x²) + eps)·w</c></summary>
    public const string RmsNorm = "rms_norm";
    public const string RmsNormBackward = "rms_norm_backward";

    /// <summary><c>sum, y, rstd = rms_norm(x + r)</c>: made by the Fuse pass.</summary>
    public const string AddRmsNorm = "add_rms_norm";

    /// <summary><c>y = x·wᵀ</c>, with a third input <c>+ b</c></summary>
    public const string Linear = "linear";

    /// <summary><c>d_x = d_y·w</c></summary>
    public const string LinearBackward = "linear_backward";

    /// <summary><c>d_w += d_yᵀ·x</c></summary>
    public const string LinearWeightGradient = "linear_weight_gradient";

    /// <summary><c>d_x = d_y·w, d_w += d_yᵀ·x</c>: made by the Fuse pass.</summary>
    public const string LinearGradients = "linear_gradients";

    /// <summary><c>d_b += Σ rows of d_y</c></summary>
    public const string BiasGradient = "bias_gradient";

    /// <summary><c>y, z = activation(z), z = x·wᵀ + b</c>: made by the Fuse pass.</summary>
    public const string LinearActivation = "linear_activation";

    /// <summary>Rotary positions on the leading (query and key) heads.</summary>
    public const string Rope = "rope";
    public const string RopeBackward = "rope_backward";

    /// <summary><c>o, lse = softmax(q·kᵀ/√d, causal)·v</c></summary>
    public const string Attention = "attention";
    public const string AttentionBackward = "attention_backward";

    /// <summary><c>y = silu(gate) ⊙ up</c></summary>
    public const string SwiGlu = "swiglu";
    public const string SwiGluBackward = "swiglu_backward";

    /// <summary><c>y = up·Φ(up)</c>; also the hidden layer of a two-layer gate, there in fp32 at least.</summary>
    public const string Gelu = "gelu";
    public const string GeluBackward = "gelu_backward";

    /// <summary><c>y = max(up, 0)</c></summary>
    public const string Relu = "relu";
    public const string ReluBackward = "relu_backward";

    /// <summary><c>y = sigmoid(z)·x</c>, z one number a token: the gate of the shared experts.</summary>
    public const string SigmoidScale = "sigmoid_scale";
    public const string SigmoidScaleBackward = "sigmoid_scale_backward";

    /// <summary><c>y = a + b</c></summary>
    public const string Add = "add";

    /// <summary><c>y = x ⊙ r</c>, r ~ U(1 − epsilon, 1 + epsilon) in training: the gate's input.</summary>
    public const string Jitter = "jitter";
    public const string JitterBackward = "jitter_backward";

    /// <summary><c>weights, experts, scores, … = route(logits, …)</c>: the gate, as one region.</summary>
    public const string Route = "route";
    public const string RouteBackward = "route_backward";

    /// <summary><c>kept_weights, kept_experts = drop(weights, experts, scores)</c>: in training what is over the capacity gets weight 0 and expert −1.</summary>
    public const string Drop = "drop";
    public const string DropBackward = "drop_backward";

    /// <summary><c>y = Σ_k weights_k·FFN_expert(k)(x)</c>: dispatch, both products of every expert, combine, as one region.</summary>
    public const string Experts = "experts";
    /// <remarks>Backward's first output is <c>d_x</c>, or after the Fuse pass the rows that are still to be summed for their tokens.</remarks>
    public const string ExpertsBackward = "experts_backward";

    /// <summary><c>up_pairs = x·W_upᵀ</c> of every pair: what backward reads of <see cref="Experts"/>, where that is computed again.</summary>
    public const string ExpertsUp = "experts_up";
}
