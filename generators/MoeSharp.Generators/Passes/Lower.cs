using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Passes.Lowering;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes;

/// <summary>Spec → tensor program: what was declared, as functions over named tensors. Nothing is fused and nothing has a gradient yet.</summary>
internal static class Lower
{
    public static TensorProgram Run(ModelSpec spec) =>
        new(spec.Type.Name, new([.. spec.Transformer is { } transformer ? Model(spec, transformer) : [Layer(spec)]]));

    private static IEnumerable<Function> Model(ModelSpec spec, TransformerSpec transformer)
    {
        yield return Embed(transformer);

        var dense = spec.Experts is null ? transformer.Layers : transformer.DenseLayers;
        if (dense > 0)
        {
            yield return Block(spec, "dense_block", $"Attention, then a dense {ActivationTable.Of(spec.FeedForward!.Activation).Network} network.", isRouted: false) with { Layers = dense };
        }

        if (transformer.Layers > dense)
        {
            var experts = spec.Experts!;
            var shared = experts.Shared > 0 ? $", beside {experts.Shared} shared" : string.Empty;
            var summary = $"Attention, then a mixture of {experts.Count} experts, {experts.Active} active{shared}.";
            yield return Block(spec, "moe_block", summary, isRouted: true) with { FirstLayer = dense, Layers = transformer.Layers - dense };
        }

        yield return Head(transformer);
    }

    private static Function Embed(TransformerSpec transformer)
    {
        var ids = new Value("ids", new Shape(Dim.Tokens), ValueKind.Input, ElementType.Index);
        var function = new FunctionBuilder(ids);
        var table = function.Matrix("w_embed", "model.embed_tokens.weight", [transformer.Vocab, transformer.Dim]);
        var x = function.Append(new Op(OpNames.Embedding, [ids, table], [FunctionBuilder.Rows("x", transformer.Dim)]));
        return function.Build("embed", "Token ids to the residual stream.", x);
    }

    private static Function Block(ModelSpec spec, string name, string summary, bool isRouted)
    {
        var dim = spec.Dim;
        var function = new FunctionBuilder(FunctionBuilder.Rows("x", dim) with { Kind = ValueKind.Input });
        var h = AttentionLowering.Append(function, spec.Attention!, dim);
        var u = function.RmsNorm("u", h, function.Scale("w_post_norm", "post_attention_layernorm.weight", dim));
        function.Stage = "feed-forward network";
        var mixed = isRouted
            ? ExpertsLowering.Append(function, u, spec, "mlp.", "mixed")
            : FeedForwardLowering.Append(function, u, spec.FeedForward!.Hidden, ActivationTable.Of(spec.FeedForward.Activation), hasBias: false, "mlp.", string.Empty);
        return function.Build(name, summary, function.Add("y", h, mixed));
    }

    private static Function Head(TransformerSpec transformer)
    {
        var function = new FunctionBuilder(FunctionBuilder.Rows("x", transformer.Dim) with { Kind = ValueKind.Input });
        var n = function.RmsNorm("n", function.Input, function.Scale("w_norm", "model.norm.weight", transformer.Dim));
        var path = transformer.TieEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        var head = function.Matrix("w_head", path, [transformer.Vocab, transformer.Dim]);
        return function.Build("head", "The last norm, and a score for every token of the vocabulary.", function.Linear("logits", n, head));
    }

    private static Function Layer(ModelSpec spec)
    {
        var function = new FunctionBuilder(FunctionBuilder.Rows("u", spec.Dim) with { Kind = ValueKind.Input });
        var experts = spec.Experts!;
        var shared = experts.Shared > 0 ? $", beside {experts.Shared} shared" : string.Empty;
        return function.Build(
            "layer",
            $"A mixture of {experts.Count} experts, {experts.Active} active{shared}.",
            ExpertsLowering.Append(function, function.Input, spec, string.Empty, "y"));
    }
}
