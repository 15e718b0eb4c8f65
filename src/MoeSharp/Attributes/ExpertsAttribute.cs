namespace MoeSharp;

/// <summary>
/// Declares a mixture of experts (DeepSeekMoE, arXiv 2401.06066): <c>Σ_shared FFN(u) + Σ_i g_i FFN_i(u)</c>, each expert a SwiGLU network.
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

    /// <summary>Shared experts, which see every token and are computed as one network of width Shared · Hidden. The default is 0.</summary>
    public int Shared { get; set; }

    /// <summary>Hidden width of one expert, F (Hugging Face: <c>moe_intermediate_size</c>).</summary>
    public int Hidden { get; set; }

    /// <summary>Width of a layer's input and output. Only for a layer; a model's is its <see cref="TransformerAttribute.Dim"/>.</summary>
    public int Dim { get; set; }

    /// <summary>
    /// Devices the experts lie on, D, in contiguous groups of equal size: what <see cref="DeviceBalanceAttribute"/> and <see cref="CommunicationBalanceAttribute"/>
    /// balance. It is a declaration, not a placement: training runs as before. The default is what <see cref="DeviceCapacityAttribute"/> says, or else the gate's <see cref="GateAttribute.Groups"/>.
    /// </summary>
    public int Devices { get; set; }
}
