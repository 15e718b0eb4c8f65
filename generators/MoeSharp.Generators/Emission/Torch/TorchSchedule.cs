using System.Linq;
using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Torch.TorchProgramEmitter;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>A program's functions in order: one for a layer, the loops over its layers for a model.</summary>
internal static class TorchSchedule
{
    public static void EmitLayer(Function layer, SourceWriter to)
    {
        to.Line("/// <inheritdoc/>");
        to.Line("protected override Tensor Forward(TorchPass pass, TorchView weights, Tensor u, List<Tensor>? saved) =>");
        to.Line("    ForwardLayer(pass, sparseLayer: 0, new LayerTensors(weights), u, saved);");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line("protected override Tensor Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dY) =>");
        var sparse = layer.BackwardKnowsLayer ? "sparseLayer: 0, " : string.Empty;
        var saved = "saved";
        if (layer.IsRecomputed)
        {
            to.Line("    " + Names.LayerIsRecomputed);
            saved = "RecomputeLayer(pass.Again(), sparseLayer: 0, new LayerTensors(weights), saved.Pop(1)[0])";
        }

        using (to.Indent())
        {
            to.Wrapped("BackwardLayer(", ["pass", sparse + "new LayerTensors(weights)", "new LayerTensors(gradient)", saved, "dY"], ");");
        }
    }

    public static void EmitModel(TensorProgram program, SourceWriter to)
    {
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override Tensor Forward(TorchPass pass, TorchView weights, Tensor ids, List<Tensor>? saved)"))
        {
            to.Line("var x = pass.Residual(ForwardEmbed(pass, new EmbedTensors(weights), ids, saved));");
            foreach (var block in Layers.Blocks(program))
            {
                Layers.Emit(block, backward: false, to, layer =>
                {
                    var which = string.Concat(layer.ArgumentsOf(block).Select(argument => argument + ", "));
                    to.Line($"x = pass.Residual(Forward{Names.Pascal(block.Name)}(pass, {which}new {Tensors(block)}(weights, {layer}), x, saved));");
                });
            }

            to.Line();
            to.Line("return x;");
        }

        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line("protected override Tensor Head(TorchPass pass, TorchView weights, Tensor x, List<Tensor>? saved) =>");
        to.Line("    ForwardHead(pass, new HeadTensors(weights), x, saved);");

        to.Line();
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override void Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dLogits)"))
        {
            to.Line("var dX = BackwardHead(pass, new HeadTensors(weights), new HeadTensors(gradient), saved, dLogits);");
            var blocks = Layers.Blocks(program);
            if (blocks.Exists(block => block.IsRecomputed))
            {
                to.Line();
                to.Line("// recomputed: of a block only its input was kept, so its forward runs again, and what it makes is gone with the block");
                to.Line("var again = pass.Again();", "the same random numbers; no counter moves twice");
            }

            foreach (var block in Enumerable.Reverse(blocks))
            {
                Layers.Emit(block, backward: true, to, layer => EmitBackward(block, layer, to));
            }

            to.Line();
            to.Line("BackwardEmbed(pass, new EmbedTensors(gradient), saved, dX);");
        }
    }

    private static void EmitBackward(Function block, Layers.Index layer, SourceWriter to)
    {
        var weights = $"new {Tensors(block)}(weights, {layer})";
        string[] before = ["pass", .. layer.BackwardArgumentsOf(block), weights, $"new {Tensors(block)}(gradient, {layer})"];
        var call = $"dX = Backward{Names.Pascal(block.Name)}(";
        if (!block.IsRecomputed)
        {
            to.Wrapped(call, [.. before, "saved", "dX"], ");");
            return;
        }

        using (to.Block("using (NewDisposeScope())"))
        {
            to.Wrapped($"var kept = Recompute{Names.Pascal(block.Name)}(", ["again", .. layer.RecomputeArgumentsOf(block), weights, "saved.Pop(1)[0]"], ");");
            to.Wrapped(call, [.. before, "kept", "dX"], ").MoveToOuterDisposeScope();");
        }
    }
}
