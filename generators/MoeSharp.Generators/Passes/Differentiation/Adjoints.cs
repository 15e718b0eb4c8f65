using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Differentiation;

/// <summary>The gradients known so far while a function is walked backward, and the ops that compute them.</summary>
internal sealed class Adjoints(Function function, Value outputGradient)
{
    private readonly Dictionary<string, Value> _gradients = new() { [function.Output.Name] = outputGradient };
    private readonly HashSet<string> _names = [outputGradient.Name];
    private readonly List<Op> _ops = [];

    public IReadOnlyList<Op> Ops => _ops;

    /// <summary>The stage of the forward op whose rule runs; its backward ops are of the same.</summary>
    public string Stage { get; set; } = "";

    /// <summary>The gradient of a forward value: the sum of all contributions so far.</summary>
    public Value Of(Value value) => _gradients[value.Name];

    /// <summary>A fresh value for one contribution to the gradient of <paramref name="value"/>.</summary>
    public Value New(Value value)
    {
        var name = "d_" + value.Name;
        for (var part = 2; !_names.Add(name); part++)
        {
            name = $"d_{value.Name}_{part}";
        }

        return new Value(name, value.Shape, Type: value.Type);
    }

    /// <summary>The gradient of a weight, which is always added into the flat gradient buffer.</summary>
    public static Value OfWeight(Value weight) => new("d" + weight.Name, weight.Shape, ValueKind.WeightGradient);

    public void Append(Op op) => _ops.Add(op with { Stage = Stage });

    /// <summary>Adds a contribution to the gradient of a forward value.</summary>
    public void Contribute(Value value, Value contribution)
    {
        if (!_gradients.TryGetValue(value.Name, out var known))
        {
            _gradients[value.Name] = contribution;
            return;
        }

        var sum = New(value);
        Append(new Op(OpNames.Add, [known, contribution], [sum]));
        _gradients[value.Name] = sum;
    }
}
