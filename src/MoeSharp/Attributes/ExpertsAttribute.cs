namespace MoeSharp;

/// <summary>
/// Declares a mixture of experts (DeepSeekMoE, arXiv 2401.06066): <c>Σ_shared FFN(u) + Σ_i g_i FFN_i(u)</c>, each expert a SwiGLU network
/// unless <see cref="Activation"/> says otherwise.
/// Beside <see cref="TransformerAttribute"/> it makes the model's sparse layers; alone it makes a layer, <c>nn.Module&lt;Tensor, Tensor&gt;</c>.
/// </summary>
/// <param name="count">Number of routed experts, N.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExpertsAttribute(int count) : Attribute
{
    /// <summary>Number of routed experts, N.</summary>
    public int Count { get; } = count;

    /// <summary>Experts a token goes to, K.</summary>
    public int Active { get; set; }

    /// <summary>
    /// Shared experts, which see every token and are computed as one network of width Shared · Hidden. The default is 0. With <see cref="Segments"/> they are
    /// counted as DeepSeekMoE counts them, in segments: each is Hidden / Segments wide, and their number is as given here.
    /// </summary>
    public int Shared { get; set; }

    /// <summary>Hidden width of one expert, F (Hugging Face: <c>moe_intermediate_size</c>).</summary>
    public int Hidden { get; set; }

    /// <summary>
    /// Fine-grained segmentation, m (DeepSeekMoE, arXiv 2401.06066 §3.1): each expert is split into m of hidden width Hidden / m, and m · Active of the
    /// m · count are active: the same parameters and operations, more combinations. The default, 1, splits nothing. Everything else sees the split experts.
    /// </summary>
    public int Segments { get; set; } = 1;

    /// <summary>The activation of all experts, shared ones too. The default is <see cref="ActivationKind.SwiGlu"/>.</summary>
    public ActivationKind Activation { get; set; }

    /// <summary>
    /// Whether the linear maps of all experts, shared ones too, add a bias, which starts at 0 and is not decayed. The gate's bias is
    /// <see cref="BalanceBiasAttribute"/>. The default is false.
    /// </summary>
    public bool Bias { get; set; }

    /// <summary>
    /// Whether the shared experts' output is scaled by <c>sigmoid(w·u)</c> (Qwen2-MoE), w one row, <c>[1, dim]</c>. Names are then Qwen2-MoE's,
    /// <c>shared_expert.*</c> and <c>shared_expert_gate.weight</c>; without it they are DeepSeek's, <c>shared_experts.*</c>. The default is false.
    /// </summary>
    public bool SharedGate { get; set; }

    /// <summary>Width of a layer's input and output. Only for a layer; a model's is its <see cref="TransformerAttribute.Dim"/>.</summary>
    public int Dim { get; set; }

    /// <summary>
    /// Devices the experts lie on, D, in contiguous groups of equal size: what <see cref="DeviceBalanceAttribute"/> and <see cref="CommunicationBalanceAttribute"/>
    /// balance. It is a declaration, not a placement: training runs as before. The default is what <see cref="DeviceCapacityAttribute"/> says, or else the gate's <see cref="GateAttribute.Groups"/>.
    /// </summary>
    public int Devices { get; set; }
}
