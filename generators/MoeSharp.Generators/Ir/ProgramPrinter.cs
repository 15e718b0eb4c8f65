using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>Writes a program as text: the best test of a pass, and its best debugger.</summary>
internal static class ProgramPrinter
{
    public static string Print(TensorProgram program)
    {
        var writer = new SourceWriter();
        writer.Line($"program {program.Name}");
        foreach (var function in program.Functions)
        {
            writer.Line();
            Print(function, writer);
        }

        return writer.ToString();
    }

    private static void Print(Function function, SourceWriter writer)
    {
        writer.Line($"function {function.Name}({Typed(function.Input)}) -> {Typed(function.Output)}  // layers {function.FirstLayer}..{function.FirstLayer + function.Layers - 1}");
        using (writer.Indent())
        {
            foreach (var weight in function.Weights)
            {
                writer.Line($"weight {Typed(weight.Value)} = \"{weight.Path}\"{string.Concat(weight.Slices.Select(slice => $" | {slice.Rows} rows {slice.Path}"))}");
            }
        }

        Print("forward", function.Forward, function, writer);
        if (function.IsRecomputed)
        {
            Print("forward again, before backward", function.Recomputed, function, writer);
        }

        if (function.OutputGradient is not null)
        {
            Print($"backward({function.OutputGradient}) -> {function.InputGradient?.Name ?? "()"}", function.Backward, function, writer);
        }

        if (function.Plan is { } plan)
        {
            writer.Line($"  plan: {(function.IsRecomputed ? "recomputed" : "saved")} {plan.SavedPerToken}, scratch forward {plan.ForwardScratchPerToken}, backward {plan.BackwardScratchPerToken} elements a token");
        }
    }

    private static void Print(string title, IEnumerable<Op> ops, Function function, SourceWriter writer)
    {
        writer.Line($"  {title}:");
        foreach (var op in ops)
        {
            writer.Line($"    {Format(op, function.Plan)}");
        }
    }

    private static string Format(Op op, BufferPlan? plan)
    {
        var outputs = string.Join(", ", op.Outputs.Select(value => Typed(value) + At(value, plan)));
        var attributes = Constants(op.Attributes) + string.Concat(op.Parts.Select(part => $" with {part.Name}{Constants(part.Constants)}"));
        var into = op.Into is null ? string.Empty : $" into {op.Into}";
        var plus = string.Concat(op.Plus.Select(value => $" + {value}"));
        var inPlace = op.InPlace ? " in place" : op.FromLastColumns ? " from last columns" : string.Empty;
        var workspace = op.Workspace.Count == 0 ? string.Empty : " using " + string.Join(", ", op.Workspace.Select(value => Typed(value) + At(value, plan)));
        var again = op.Recomputation == Recomputation.Again ? " again" : string.Empty;
        return $"{outputs} = {op.Name}({string.Join(", ", op.Inputs)}){plus}{into}{inPlace}{again}{attributes}{workspace}";
    }

    private static string Constants(EquatableArray<OpAttribute> constants) => constants.Count == 0
        ? string.Empty
        : " {" + string.Join(", ", constants.Select(constant => $"{constant.Name} = {Literals.Number(constant.Value)}")) + "}";

    private static string Typed(Value value) => value.Name + ": " + value.Shape + value.Type switch
    {
        ElementType.Index => " int",
        ElementType.Operand => " operand",
        _ => string.Empty,
    };

    private static string At(Value value, BufferPlan? plan) =>
        plan?.Placements.FirstOrDefault(placement => placement.Value == value.Name) is { } placement
            ? placement.Home switch
            {
                Home.Saved => $" @saved+{placement.Offset}",
                Home.Scratch => $" @scratch+{placement.Offset}{(placement.Column is { } column ? $"[{column}..]" : string.Empty)}",
                _ => " @caller",
            }
            : string.Empty;
}
