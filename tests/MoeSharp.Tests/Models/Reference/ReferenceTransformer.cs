using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Reference;

/// <summary>What a declaration says of its model, written down a second time for the reference.</summary>
internal sealed record ModelSettings(int Vocab, int Dim, int Layers, int DenseLayers, int Heads, int KvHeads, int HeadDim)
{
    public double RopeTheta { get; init; } = 10000;

    public bool TieEmbeddings { get; init; }

    /// <summary>The activation of the dense layers.</summary>
    public ActivationKind Activation { get; init; }

    public GateSettings? Gate { get; init; }
}

/// <summary>
/// The plain block as Hugging Face's Llama and DeepSeek modules compute it: <c>h = x + Attention(norm(x))</c>, <c>y = h + FFN(norm(h))</c>, a final norm, a head.
/// </summary>
internal sealed class ReferenceTransformer(ModelSettings model, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>The logits, <c>[tokens, vocab]</c>, and what the gates did, a layer with a gate each.</summary>
    /// <param name="ids">Token ids, <c>[tokens]</c>.</param>
    /// <param name="sequence">Tokens in a sequence.</param>
    public (Tensor Logits, IReadOnlyList<ReferenceOutput> Gates) Forward(Tensor ids, int sequence)
    {
        var gates = new List<ReferenceOutput>();
        var attention = new ReferenceAttention(model, weights);
        var x = weights["model.embed_tokens.weight"].index_select(0, ids);
        for (var layer = 0; layer < model.Layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            var h = x + attention.Forward(Norm(x, prefix + "input_layernorm.weight"), prefix + "self_attn.", sequence);
            var u = Norm(h, prefix + "post_attention_layernorm.weight");
            if (model.Gate is null || layer < model.DenseLayers)
            {
                x = h + ReferenceFeedForward.Forward(weights, prefix + "mlp.", u, model.Activation);
                continue;
            }

            var experts = new ReferenceExperts(model.Gate, weights, prefix + "mlp.").Forward(u, sequence);
            gates.Add(experts);
            x = h + experts.Y;
        }

        var head = model.TieEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        return (ReferenceFeedForward.Linear(Norm(x, "model.norm.weight"), weights[head]), gates);
    }

    /// <summary>The cross-entropy summed over all targets but −100.</summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets) =>
        nn.functional.cross_entropy(logits, targets, ignore_index: -100, reduction: nn.Reduction.Sum);

    private Tensor Norm(Tensor x, string weight) => x * ((x * x).mean([-1], true) + 1e-6).rsqrt() * weights[weight];
}
