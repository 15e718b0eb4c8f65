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
                TorchSchedule.EmitLayer(program.Functions[0], to);
            }
            else
            {
                TorchSchedule.EmitModel(program, to);
            }

            foreach (var function in program.Functions)
            {
                to.Line();
                EmitForward(function, to);
                to.Line();
                if (function.IsRecomputed)
                {
                    EmitRecompute(function, to);
                    to.Line();
                }

                EmitBackward(function, to);
            }
        }

        foreach (var function in program.Functions)
        {
            to.Line();
            WeightsEmitter.EmitTensors(function, isLayer, to);
        }
    }

    /// <summary>The type of a function's weights.</summary>
    public static string Tensors(Function function) => Names.Pascal(function.Name) + "Tensors";

    private static void EmitForward(Function function, SourceWriter to)
    {
        string[] layer = function.Attends ? ["int layer"] : [];
        string[] sparse = function.IsRouted ? ["int sparseLayer"] : [];
        to.Line($"/// <summary>{function.Summary}</summary>");
        to.Wrapped(
            $"private static Tensor Forward{Names.Pascal(function.Name)}(",
            ["TorchPass pass", .. layer, .. sparse, $"{Tensors(function)} w", $"Tensor {Names.Of(function.Input)}", "List<Tensor>? saved"],
            ")");
        using (to.Block())
        {
            to.Line("using var scope = NewDisposeScope();");
            EmitOps(function.Forward, backward: false, to);
            to.Line();
            var kept = (function.IsRecomputed ? [function.Input] : Read(function)).Select(Names.Of).ToList();
            if (kept.Count == 1)
            {
                to.Line($"saved?.Add({kept[0]});");
            }
            else
            {
                using (to.Block("if (saved is not null)"))
                {
                    to.Wrapped("scope.MoveToOuter(", kept.Skip(1), ");");
                    to.Wrapped("saved.AddRange([", kept, "]);");
                }
            }

            to.Line($"return {Names.Of(function.Output)}.MoveToOuterDisposeScope();");
        }
    }

    private static void EmitRecompute(Function function, SourceWriter to)
    {
        string[] sparse = function.IsRouted ? ["int sparseLayer"] : [];
        to.Line("/// <summary>");
        to.Line(Names.RecomputeSummary(function));
        to.Line("/// </summary>");
        to.Wrapped(
            $"private static SavedTensors Recompute{Names.Pascal(function.Name)}(",
            ["TorchPass pass", .. sparse, $"{Tensors(function)} w", $"Tensor {Names.Of(function.Input)}"],
            ")");
        using (to.Block())
        {
            to.Line("using var scope = NewDisposeScope();");
            EmitOps(function.Recomputed, backward: false, to);
            to.Line();
            var read = Read(function).Select(Names.Of).ToList();
            to.Wrapped("scope.MoveToOuter(", read.Skip(1), ");");
            to.Wrapped("return new SavedTensors([", read, "]);");
        }
    }

    private static void EmitBackward(Function function, SourceWriter to)
    {
        var tensors = Tensors(function);
        var kept = Read(function);
        var result = function.InputGradient is null ? "void" : "Tensor";
        string[] read = function.BackwardReadsWeights ? [$"{tensors} w"] : [];
        string[] sparse = function.BackwardKnowsLayer ? ["int sparseLayer"] : [];
        to.Line($"/// <summary>Backward of {function.Name}. Gradients of weights are added to <paramref name=\"g\"/>.</summary>");
        to.Wrapped(
            $"private static {result} Backward{Names.Pascal(function.Name)}(",
            ["TorchPass pass", .. sparse, .. read, $"{tensors} g", "SavedTensors saved", $"Tensor {Names.Of(function.OutputGradient!)}"],
            ")");
        using (to.Block())
        {
            to.Line("using var scope = NewDisposeScope();");
            to.Line($"var kept = saved.Pop({kept.Count});");
            to.Table(kept
                .Select((value, index) => (Value: value, Index: index))
                .Where(entry => function.Backward.Any(op => op.Reads.Contains(entry.Value)))
                .Select(entry => ($"var {Names.Of(entry.Value)} = kept[{entry.Index}];", entry.Value.Shape.ToString())));
            to.Line();
            EmitOps(function.Backward, backward: true, to);
            if (function.InputGradient is { } inputGradient)
            {
                to.Line();
                to.Line($"return {Names.Of(inputGradient)}.MoveToOuterDisposeScope();");
            }
        }
    }

    /// <summary>The input, and every forward value that backward reads, in the order they are made.</summary>
    private static List<Value> Read(Function function) =>
        [function.Input, .. function.Forward.SelectMany(op => op.Outputs).Where(value => function.Backward.Any(op => op.Reads.Contains(value)))];

    private static void EmitOps(IEnumerable<Op> ops, bool backward, SourceWriter to)
    {
        var stage = string.Empty;
        foreach (var op in ops)
        {
            if (op.Stage != stage)
            {
                stage = op.Stage;
                to.Line();
                to.Line(Names.Heading(op, backward));
            }

            if (backward && op.Recomputation == Recomputation.Again)
            {
                to.Line(Names.Recomputed(op));
            }

            TorchOpTable.Write(op, to);
        }
    }
}
