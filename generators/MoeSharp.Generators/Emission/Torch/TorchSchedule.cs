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
        to.Line($"    BackwardLayer(pass, {sparse}new LayerTensors(weights), new LayerTensors(gradient), saved, dY);");
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
            to.Line("return ForwardHead(pass, new HeadTensors(weights), x, saved);");
        }

        to.Line();
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override void Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dLogits)"))
        {
            to.Line("var dX = BackwardHead(pass, new HeadTensors(weights), new HeadTensors(gradient), saved, dLogits);");
            foreach (var block in Enumerable.Reverse(Layers.Blocks(program)))
            {
                Layers.Emit(block, backward: true, to, layer => to.Wrapped(
                    $"dX = Backward{Names.Pascal(block.Name)}(",
                    ["pass", .. layer.BackwardArgumentsOf(block), $"new {Tensors(block)}(weights, {layer})", $"new {Tensors(block)}(gradient, {layer})", "saved", "dX"],
                    ");"));
            }

            to.Line();
            to.Line("BackwardEmbed(pass, new EmbedTensors(gradient), saved, dX);");
        }
    }
}
