using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>The CPU lowering: a class whose methods are the program's functions, forward and backward, over planned buffers.</summary>
internal static class KernelProgramEmitter
{
    public static void Emit(TensorProgram program, SourceWriter to)
    {
        var isLayer = program.Functions.Count == 1;
        program = program with { Functions = new([.. program.Functions.Select(MemoryNames.Apply)]) };
        to.Line("/// <summary>The CPU lowering: kernels over the tensors' own memory, the same for every type.</summary>");
        to.Line("/// <typeparam name=\"T\">What activations are in, and the gates.</typeparam>");
        to.Line("/// <typeparam name=\"TWeight\">What products read: weights, other operands, and what lies between two products.</typeparam>");
        to.Line("/// <typeparam name=\"TGradient\">What the weights themselves are in, the masters, which gates and norms read, and the gradients.</typeparam>");
        using (to.Block(
            $"internal sealed class KernelProgram<T, TWeight, TGradient>(FlatModule module) : Kernel{(isLayer ? "Layer" : "Transformer")}Program<T, TWeight, TGradient>(module)\n"
            + "    where T : unmanaged, IBinaryFloatingPointIeee754<T>\n    where TWeight : unmanaged\n    where TGradient : unmanaged"))
        {
            if (isLayer)
            {
                LayerSchedule.Emit(program, to);
            }
            else
            {
                TransformerSchedule.Emit(program, to);
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
            WeightsEmitter.EmitViews(function, isLayer, to);
        }
    }

    private static void EmitForward(Function function, SourceWriter to)
    {
        to.Line($"/// <summary>{function.Summary}</summary>");
        EmitForward(function, "Forward", function.Attends ? ["int layer"] : [], function.Forward, [function.Input, function.Output], to);
    }

    private static void EmitRecompute(Function function, SourceWriter to)
    {
        to.Line("/// <summary>");
        to.Line(Names.RecomputeSummary(function));
        to.Line("/// </summary>");
        EmitForward(function, "Recompute", [], function.Recomputed, [function.Input], to);
    }

    private static void EmitForward(Function function, string verb, string[] layer, IReadOnlyList<Op> ops, Value[] parameters, SourceWriter to)
    {
        string[] sparse = function.IsRouted ? ["int sparseLayer"] : [];
        to.Wrapped(
            $"private static void {verb}{Names.Pascal(function.Name)}(",
            ["Pass<T> pass", .. layer, .. sparse, .. Saved(function), $"{WeightsEmitter.Weights(function)} w", .. parameters.Select(Parameter)],
            ")");
        using (to.Block())
        {
            EmitBuffers(function, ops.SelectMany(op => op.Outputs.Concat(op.Workspace)), to);
            EmitOps(ops, backward: false, to);
        }
    }

    private static void EmitBackward(Function function, SourceWriter to)
    {
        var gradients = new List<string> { Parameter(function.OutputGradient!) };
        if (function.InputGradient is { } inputGradient && !function.BackwardIsInPlace)
        {
            gradients.Add(Parameter(inputGradient));
        }

        var comesIn = $": {Names.Of(function.OutputGradient!)} comes in as the gradient of {Names.Of(function.Output)}";
        var flow = function.BackwardIsInPlace ? $"{comesIn} and goes out as that of {Names.Of(function.Input)}"
            : function.IsBlock ? $"{comesIn}, {Names.Of(function.InputGradient!)} goes out as that of {Names.Of(function.Input)}"
            : string.Empty;
        string[] read = function.BackwardReadsWeights ? [$"{WeightsEmitter.Weights(function)} w"] : [];
        string[] sparse = function.BackwardKnowsLayer ? ["int sparseLayer"] : [];
        to.Line("/// <summary>");
        to.Line($"/// Backward of {function.Name}{flow}.");
        to.Line(function.IsRouted
            ? "/// Gradients of weights are added to <paramref name=\"g\"/>; where it is new, the experts' are written instead."
            : "/// Gradients of weights are added to <paramref name=\"g\"/>.");
        to.Line("/// </summary>");
        to.Wrapped(
            $"private static void Backward{Names.Pascal(function.Name)}(",
            ["Pass<T> pass", .. sparse, .. Saved(function), .. read, $"{WeightsEmitter.Gradients(function)} g", Parameter(function.Input), .. gradients],
            ")");
        using (to.Block())
        {
            var made = function.Backward.SelectMany(op => op.Outputs.Concat(op.Workspace));
            var kept = function.Forward.SelectMany(op => op.Outputs).Where(value => function.Backward.Any(op => op.Reads.Contains(value)));
            EmitBuffers(function, kept.Concat(made), to);
            EmitOps(function.Backward, backward: true, to);
        }
    }

    private static string[] Saved(Function function) => function.Plan!.SavedPerToken > 0 ? ["Arena<T> saved"] : [];

    private static void EmitBuffers(Function function, IEnumerable<Value> values, SourceWriter to)
    {
        var placed = values.Where(value => value.Kind == ValueKind.Result).Distinct()
            .Select(value => (Value: value, Place: function.Plan![value]))
            .Where(entry => entry.Place.Home != Home.Caller)
            .ToList();
        var within = placed.Where(entry => entry.Place.Column is not null).ToLookup(entry => entry.Place.Root);
        to.Line(placed.Any(entry => entry.Place.Home == Home.Scratch)
            ? "var (workers, scratch) = (pass.Workers, pass.Scratch);"
            : "var workers = pass.Workers;");
        to.Table(placed.Where(entry => entry.Place.Column is null).SelectMany(entry => within[entry.Value.Name].Prepend(entry))
            .Select(entry => ($"var {Names.Of(entry.Value)} = {View(entry.Place, entry.Value)};", entry.Value.Shape.ToString())));
        to.Line();
    }

    private static string View(Placement place, Value value)
    {
        var (arena, at, dims) = (place.Home == Home.Saved ? "saved" : "scratch", Literals.Int(place.Offset), value.Shape.Dims);
        if (place.Column is { } column)
        {
            return $"{Names.Camel(place.Root)}.ColumnRange({column}, {dims[1]})";
        }

        if (value.Type == ElementType.Index)
        {
            return $"{arena}.Indices({at}, {dims[1]})";
        }

        var type = value.Type == ElementType.Operand ? "<TWeight>" : string.Empty;
        return (dims.Count, dims[0].Symbol, dims[0].Factor) switch
        {
            (1, _, _) => $"{arena}.Vector({at})",
            (_, Symbol.None, _) => $"{arena}.PerHead({at}, {dims[0]})",
            (_, _, 1) => $"{arena}.Matrix{type}({at}, {dims[1]})",
            _ => $"{arena}.Matrix{type}({at}, {dims[0].Factor}, {dims[1]})",
        };
    }

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

            KernelOps.Write(op, to);
        }
    }

    private static string Parameter(Value value) => $"Matrix<{(value.Type == ElementType.Index ? "int" : "T")}> {Names.Of(value)}";
}
