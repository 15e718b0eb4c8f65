using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>Causal softmax attention as Hugging Face's LlamaAttention: RoPE with <c>rotate_half</c>, key and value heads repeated for their queries.</summary>
internal sealed class ReferenceAttention(ModelSettings model, IReadOnlyDictionary<string, Tensor> weights)
{
    public Tensor Forward(Tensor x, string prefix, int sequence)
    {
        var q = Rotate(Heads(x, prefix + "q_proj.weight", model.Heads, sequence));
        var k = Rotate(Heads(x, prefix + "k_proj.weight", model.KvHeads, sequence));
        var v = Heads(x, prefix + "v_proj.weight", model.KvHeads, sequence);
        var perGroup = model.Heads / model.KvHeads;
        k = k.repeat_interleave(perGroup, 1);
        v = v.repeat_interleave(perGroup, 1);

        var future = ones(sequence, sequence, dtype: x.dtype).triu(1).gt(0);
        var scores = q.matmul(k.transpose(2, 3)) * (1 / Math.Sqrt(model.HeadDim));
        var context = scores.masked_fill(future, double.NegativeInfinity).softmax(-1).matmul(v);
        return ReferenceFeedForward.Linear(context.transpose(1, 2).reshape(x.shape[0], -1), weights[prefix + "o_proj.weight"]);
    }

    /// <summary><c>[sequences, heads, sequence, headDim]</c>.</summary>
    private Tensor Heads(Tensor x, string weight, int heads, int sequence) =>
        ReferenceFeedForward.Linear(x, weights[weight]).view(-1, sequence, heads, model.HeadDim).transpose(1, 2);

    /// <summary><c>x·cos + rotate_half(x)·sin</c>, the angles <c>position · θ^(−2i/d)</c> once for each half.</summary>
    private Tensor Rotate(Tensor x)
    {
        var (sequence, half) = ((int)x.shape[2], model.HeadDim / 2);
        var angles = new double[sequence, model.HeadDim];
        for (var position = 0; position < sequence; position++)
        {
            for (var i = 0; i < model.HeadDim; i++)
            {
                angles[position, i] = position * Math.Pow(model.RopeTheta, -2.0 * (i % half) / model.HeadDim);
            }
        }

        var angle = tensor(angles).to(x.dtype);
        var rotated = cat([-x.narrow(3, half, half), x.narrow(3, 0, half)], 3);
        return (x * angle.cos()) + (rotated * angle.sin());
    }
}
