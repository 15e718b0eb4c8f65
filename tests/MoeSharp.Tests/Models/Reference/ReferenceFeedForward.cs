using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>
/// SwiGLU as Hugging Face's LlamaMLP, <c>down(silu(gate(x)) * up(x))</c>, or two layers with <c>F.gelu</c> or <c>F.relu</c> between them; with biases where
/// the weights have them.
/// </summary>
internal static class ReferenceFeedForward
{
    public static Tensor Forward(IReadOnlyDictionary<string, Tensor> weights, string prefix, Tensor x, ActivationKind activation = ActivationKind.SwiGlu)
    {
        var up = Layer(weights, prefix + "up_proj.", x);
        var hidden = activation switch
        {
            ActivationKind.Gelu => nn.functional.gelu(up),
            ActivationKind.Relu => nn.functional.relu(up),
            _ => Gated(Layer(weights, prefix + "gate_proj.", x), up),
        };
        return Layer(weights, prefix + "down_proj.", hidden);
    }

    public static Tensor Linear(Tensor x, Tensor weight) => x.matmul(weight.t());

    private static Tensor Gated(Tensor gate, Tensor up) => gate * gate.sigmoid() * up;

    private static Tensor Layer(IReadOnlyDictionary<string, Tensor> weights, string name, Tensor x)
    {
        var y = Linear(x, weights[name + "weight"]);
        return weights.TryGetValue(name + "bias", out var bias) ? y + bias : y;
    }
}
