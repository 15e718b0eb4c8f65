using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>
/// The lowering to plain TorchSharp operations, for any device and type. It is written from the differentiated program before Fuse: every value is a
/// tensor of its own, and reads like PyTorch.
/// </summary>
internal static class TorchProgramEmitter
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var isLayer = program.Functions.Count == 1;
        to.Line("/// <summary>The lowering to TorchSharp's operations, for any device and floating-point type: the same numbers as the kernels.</summary>");
        using (to.Block($"internal sealed class TorchProgram(FlatModule module) : Torch{(isLayer ? "Layer" : "Transformer")}Program(module)"))
        {
            if (isLayer)
            {
                EmitLayerSchedule(to);
            }
            else
            {
                EmitModelSchedule(program, to);
            }

            foreach (var function in program.Functions)
            {
                to.Line();
                EmitForward(function, to);
                to.Line();
                EmitBackward(function, to);
            }
        }

        foreach (var function in program.Functions)
        {
            to.Line();
            WeightsEmitter.Emit(function, isLayer, "Tensors", "TorchView", "Tensor", string.Empty, to);
        }
    }

    private static void EmitLayerSchedule(SourceWriter to)
    {
        to.Line("/// <inheritdoc/>");
        to.Line("protected override Tensor Forward(TorchPass pass, TorchView weights, Tensor u, List<Tensor>? saved) =>");
        to.Line("    ForwardLayer(pass, sparseLayer: 0, new LayerTensors(weights), u, saved);");
        to.Line();
        to.Line("/// <inheritdoc/>");
        to.Line("protected override Tensor Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dY) =>");
        to.Line("    BackwardLayer(pass, new LayerTensors(weights), new LayerTensors(gradient), saved, dY);");
    }

    private static void EmitModelSchedule(TensorProgram program, SourceWriter to)
    {
        var functions = program.Functions.ToList();
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override Tensor Forward(TorchPass pass, TorchView weights, Tensor ids, List<Tensor>? saved)"))
        {
            to.Line("var x = pass.Residual(ForwardEmbed(pass, new EmbedTensors(weights), ids, saved));");
            foreach (var block in functions.Skip(1).Take(functions.Count - 2))
            {
                using (to.Block($"for (var layer = {block.FirstLayer}; layer < {block.FirstLayer + block.Layers}; layer++)"))
                {
                    to.Line($"x = pass.Residual(Forward{Names.Pascal(block.Name)}(pass, {SparseLayer(block)}new {Tensors(block)}(weights, layer), x, saved));");
                }
            }

            to.Line();
            to.Line("return ForwardHead(pass, new HeadTensors(weights), x, saved);");
        }

        to.Line();
        to.Line("/// <inheritdoc/>");
        using (to.Block("protected override void Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dLogits)"))
        {
            to.Line("var dX = BackwardHead(pass, new HeadTensors(weights), new HeadTensors(gradient), saved, dLogits);");
            foreach (var block in Enumerable.Reverse(functions.Skip(1).Take(functions.Count - 2)))
            {
                using (to.Block($"for (var layer = {block.FirstLayer + block.Layers - 1}; layer >= {block.FirstLayer}; layer--)"))
                {
                    to.Line($"dX = Backward{Names.Pascal(block.Name)}(pass, new {Tensors(block)}(weights, layer), new {Tensors(block)}(gradient, layer), saved, dX);");
                }
            }

            to.Line();
            to.Line("BackwardEmbed(pass, new EmbedTensors(weights), new EmbedTensors(gradient), saved, dX);");
        }
    }

    private static string SparseLayer(Function block) => !block.IsRouted ? string.Empty : block.FirstLayer == 0 ? "layer, " : $"layer - {block.FirstLayer}, ";

    private static string Tensors(Function function) => Names.Pascal(function.Name) + "Tensors";

    private static void EmitForward(Function function, SourceWriter to)
    {
        var sparseLayer = function.IsRouted ? "int sparseLayer, " : string.Empty;
        to.Line($"/// <summary>{function.Summary}</summary>");
        using (to.Block($"private static Tensor Forward{Names.Pascal(function.Name)}(TorchPass pass, {sparseLayer}{Tensors(function)} w, Tensor {Names.Of(function.Input)}, List<Tensor>? saved)"))
        {
            to.Line("using var scope = NewDisposeScope();");
            EmitOps(function.Forward, to);
            to.Line();
            var kept = Kept(function).Skip(1).Select(value => $", {Names.Of(value)}.MoveToOuterDisposeScope()");
            using (to.Block("if (saved is not null)"))
            {
                to.Line($"saved.AddRange([{Names.Of(function.Input)}{string.Concat(kept)}]);");
            }

            to.Line();
            to.Line($"return {Names.Of(function.Output)}.MoveToOuterDisposeScope();");
        }
    }

    private static void EmitBackward(Function function, SourceWriter to)
    {
        var tensors = Tensors(function);
        var kept = Kept(function);
        var result = function.InputGradient is null ? "void" : "Tensor";
        to.Line($"/// <summary>Backward of {function.Name}.</summary>");
        using (to.Block($"private static {result} Backward{Names.Pascal(function.Name)}(TorchPass pass, {tensors} w, {tensors} g, SavedTensors saved, Tensor {Names.Of(function.OutputGradient!)})"))
        {
            to.Line("using var scope = NewDisposeScope();");
            to.Line($"var kept = saved.Pop({kept.Count});");
            for (var index = 0; index < kept.Count; index++)
            {
                if (function.Backward.Any(op => op.Reads.Contains(kept[index])))
                {
                    to.Line($"var {Names.Of(kept[index])} = kept[{index}];", kept[index].Shape.ToString());
                }
            }

            to.Line();
            EmitOps(function.Backward, to);
            if (function.InputGradient is { } inputGradient)
            {
                to.Line();
                to.Line($"return {Names.Of(inputGradient)}.MoveToOuterDisposeScope();");
            }
        }
    }

    /// <summary>The input, and every forward value that backward reads, in the order they are made.</summary>
    private static List<Value> Kept(Function function) =>
        [function.Input, .. function.Forward.SelectMany(op => op.Outputs).Where(value => function.Backward.Any(op => op.Reads.Contains(value)))];

    private static void EmitOps(IEnumerable<Op> ops, SourceWriter to)
    {
        foreach (var op in ops)
        {
            TorchOpTable.Write(op, to);
        }
    }
}
