using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>SwiGLU as Hugging Face's LlamaMLP: <c>down(silu(gate(x)) * up(x))</c>.</summary>
internal static class ReferenceFeedForward
{
    public static Tensor Forward(IReadOnlyDictionary<string, Tensor> weights, string prefix, Tensor x)
    {
        var gate = Linear(x, weights[prefix + "gate_proj.weight"]);
        var up = Linear(x, weights[prefix + "up_proj.weight"]);
        return Linear(gate * gate.sigmoid() * up, weights[prefix + "down_proj.weight"]);
    }

    public static Tensor Linear(Tensor x, Tensor weight) => x.matmul(weight.t());
}
