using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Lowering;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Gates;

/// <summary>What gates are built of: products in fp32 at least, whatever the model is in ("wide"), and the gate's region.</summary>
/// <param name="Function">Where to append.</param>
/// <param name="Spec">What was declared.</param>
/// <param name="Path">The Hugging Face module that the gate is in: <c>mlp.</c>, or nothing.</param>
internal sealed record GateLowering(FunctionBuilder Function, ModelSpec Spec, string Path)
{
    /// <summary>The gate's input: the layer's, or in training its jittered copy.</summary>
    public required Value Input { get; init; }

    public int Count => Spec.Experts!.Count;

    public static GateLowering Of(FunctionBuilder function, Value u, ModelSpec spec, string path)
    {
        var input = spec.Gate.Jitter == 0
            ? u
            : function.Append(new Op(OpNames.Jitter, [u], [FunctionBuilder.Rows("u_gate", u.Shape.Columns)]).With(("epsilon", spec.Gate.Jitter)));
        return new(function, spec, path) { Input = input };
    }

    /// <summary>A weight of the gate, <c>[rows, columns]</c>; its path is below <c>gate.</c></summary>
    public Value Matrix(string name, string path, int rows, int columns, Initial initial = Initial.Normal) =>
        Function.OfGate(name, $"{Path}gate.{path}", initial, rows, columns);

    /// <summary>A number an expert that starts at zero, <c>[N]</c>.</summary>
    public Value Vector(string name, string path) => Function.OfGate(name, $"{Path}gate.{path}", Initial.Zeros, Count);

    /// <summary>A product, <c>[tokens, rows of the weight]</c>; of something that is wide itself its gradient is, too.</summary>
    public Value Product(string name, Value x, Value weight, string note)
    {
        (string, double)[] wide = x == Input ? [("wide", 1)] : [("wide", 1), ("wide_input", 1)];
        return Function.Append(new Op(OpNames.Linear, [x, weight], [FunctionBuilder.Rows(name, weight.Shape.Dims[0].Factor)]).With(wide) with { Note = note });
    }

    /// <summary>The gate's region.</summary>
    /// <param name="inputs">The logits, and what else the kind's score reads.</param>
    /// <param name="kept">What the kind's score makes beside the scores.</param>
    public Op Route(Value[] inputs, params Value[] kept)
    {
        var slots = GateTable.Of(Spec.Gate.Kind).Slots(Spec);
        var chosen = Indices("chosen", slots);
        Value[] outputs = [FunctionBuilder.Rows("weights", slots), Indices("experts", slots), FunctionBuilder.Rows("scores", Count), .. kept];
        var op = new Op(OpNames.Route, inputs, Spec.Gate["SecondExpert"] == (double)SecondExpert.Random ? [.. outputs, chosen] : outputs)
            .With([.. RouteAttributes()]) with
        { Parts = BalanceLowering.Parts(Spec) };
        Function.Append(op);
        return op;
    }

    private static Value Indices(string name, int columns) => new(name, new Shape(Dim.Tokens, columns), Type: ElementType.Index);

    private IEnumerable<(string Name, double Value)> RouteAttributes()
    {
        var gate = Spec.Gate;
        yield return ("kind", (double)gate.Kind);
        yield return ("count", Count);
        yield return ("active", Spec.Experts!.Active);
        yield return ("groups", gate.Groups);
        yield return ("top_groups", gate.IsGroupLimited ? gate.TopGroups : gate.Groups);
        yield return ("best_of_group", gate.GroupScore == GroupScore.SumOfTwoBest ? 2 : 1);
        yield return ("normalize", gate.Normalize ? 1 : 0);
        yield return ("scale", gate.Scale);
        yield return ("bias", Spec.BalanceBias is null ? 0 : 1);
        var row = GateTable.Of(gate.Kind);
        foreach (var own in row.Own)
        {
            yield return (Names.Snake(own.Name), row.Constant(Spec, own.Name));
        }
    }
}
