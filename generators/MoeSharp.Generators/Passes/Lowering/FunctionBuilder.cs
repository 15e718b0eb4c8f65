using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary>Collects a function's ops and weights while it is lowered.</summary>
internal sealed class FunctionBuilder(Value input)
{
    private readonly List<Op> _ops = [];
    private readonly List<Weight> _weights = [];

    public Value Input { get; } = input;

    /// <summary>The part of the function that what is appended belongs to.</summary>
    public string Stage { get; set; } = "";

    /// <summary>A new activation, <c>[tokens, columns]</c>.</summary>
    public static Value Rows(string name, int columns) => new(name, new Shape(Dim.Tokens, columns));

    /// <summary>One number a token, <c>[tokens]</c>.</summary>
    public static Value Scalars(string name) => new(name, new Shape(Dim.Tokens));

    /// <summary>A matrix or packed stack of matrices, drawn from N(0, 0.02).</summary>
    public Value Matrix(string name, string path, Dim[] shape, params Slice[] slices)
    {
        var value = new Value(name, new Shape(shape), ValueKind.Weight);
        _weights.Add(new Weight(path, value, Initial.Normal) { Slices = new([.. slices]), IsPerExpert = shape.Length == 3 });
        return value;
    }

    /// <summary>The bias of one linear map or several, <c>[width]</c>, or <c>[experts, width]</c>, which starts at zero.</summary>
    public Value Bias(string name, string path, Dim[] shape, params Slice[] slices)
    {
        var value = new Value(name, new Shape(shape), ValueKind.Weight);
        _weights.Add(new Weight(path, value, Initial.Zeros) { Slices = new([.. slices]), IsPerExpert = shape.Length == 2 });
        return value;
    }

    /// <summary>A matrix or a vector of a gate, whose own name is Hugging Face's.</summary>
    public Value OfGate(string name, string path, Initial initial, params Dim[] shape)
    {
        var value = new Value(name, new Shape(shape), ValueKind.Weight);
        _weights.Add(new Weight(path, value, initial) { IsWide = true });
        return value;
    }

    /// <summary>The scale of a norm, which starts at one.</summary>
    public Value Scale(string name, string path, int width)
    {
        var value = new Value(name, new Shape(width), ValueKind.Weight);
        _weights.Add(new Weight(path, value, Initial.Ones) { IsWide = true });
        return value;
    }

    /// <summary>Appends an op and hands back its first output.</summary>
    public Value Append(Op op)
    {
        _ops.Add(op with { Stage = Stage });
        return op.Outputs[0];
    }

    public Value RmsNorm(string name, Value x, Value scale) =>
        Append(new Op(OpNames.RmsNorm, [x, scale], [Rows(name, x.Shape.Columns), Scalars("rstd_" + name)]).With(("eps", 1e-6)));

    public Value Linear(string name, Value x, Value weight, string note = "", ElementType type = ElementType.Real, Value? bias = null) =>
        Append(new Op(OpNames.Linear, bias is null ? [x, weight] : [x, weight, bias], [Rows(name, weight.Shape.Dims[0].Factor) with { Type = type }]) { Note = note });

    /// <summary>Logits and scores: fp32 at least, whatever the model is in.</summary>
    public Value WideLinear(string name, Value x, Value weight, string note) =>
        Append(new Op(OpNames.Linear, [x, weight], [Rows(name, weight.Shape.Dims[0].Factor)]).With(("wide", 1)) with { Note = note });

    public Value Add(string name, Value a, Value b) => Append(new Op(OpNames.Add, [a, b], [Rows(name, a.Shape.Columns)]));

    public Function Build(string name, string summary, Value output) => new()
    {
        Name = name,
        Summary = summary,
        Input = Input,
        Output = output,
        Weights = new([.. _weights]),
        Forward = new([.. _ops]),
    };
}
