using System.Globalization;
using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>Names of the tensor language as C# writes them: <c>d_gate_up</c> → <c>dGateUp</c>.</summary>
internal static class Names
{
    /// <summary>Why the backward of a layer begins with its forward.</summary>
    public const string LayerIsRecomputed =
        "// recomputed: nothing but u was kept, so forward runs again, with the same random numbers and without counting";

    /// <summary>A local variable; for a weight, the member that holds it (<c>w.Qkv</c>), for its gradient <c>g.Qkv</c>.</summary>
    public static string Of(Value value) => value.Kind switch
    {
        ValueKind.Weight => "w." + Member(value),
        ValueKind.WeightGradient => "g." + Member(value),
        _ => Camel(value.Name),
    };

    /// <summary>The member of the weights' class: <c>w_gate_up</c> → <c>GateUp</c>.</summary>
    public static string Member(Value weight) => Pascal(weight.Name.Substring(weight.Name.IndexOf('_') + 1)) + (IsBias(weight) ? "Bias" : string.Empty);

    /// <summary>A weight in an equation: <c>W_gate_up</c>, or its gradient, <c>dW_gate_up</c>; a vector, <c>w_norm</c>; a bias, <c>b_gate_up</c>.</summary>
    public static string Symbol(Value weight) =>
        (weight.Kind == ValueKind.WeightGradient ? "d" : string.Empty)
        + (IsBias(weight) ? "b" : weight.Shape.Dims.Count > 1 ? "W" : "w")
        + weight.Name.Substring(weight.Name.IndexOf('_'));

    /// <summary>Biases are <c>b_…</c>, their gradients <c>db_…</c>.</summary>
    private static bool IsBias(Value weight) => weight.Name[weight.Name.IndexOf('_') - 1] == 'b';

    /// <summary>A part of a function as a heading: <c>Attention</c>, <c>Backward of the attention</c>.</summary>
    public static string Heading(Op op, bool backward) =>
        $"// -- {(backward ? "Backward of the " + op.Stage : char.ToUpperInvariant(op.Stage[0]) + op.Stage.Substring(1))} --";

    /// <summary>Said of what is read in backward, unless it is not kept.</summary>
    public static string KeptForBackward(Op op) => op.Recomputation == Recomputation.None ? ", kept for backward" : string.Empty;

    /// <summary>The documentation of the method that computes again what a function's backward reads.</summary>
    public static string RecomputeSummary(Function function) =>
        $"/// What backward of {function.Name} reads, computed again from {Of(function.Input)}: forward without what only its output needs, and without counting.";

    /// <summary>Why an operation stands in backward that was forward's.</summary>
    public static string Recomputed(Op op)
    {
        var numbers = op.Outputs.Sum(value => value.Shape.PerToken);
        var from = op.Inputs.Where(value => value.Kind != ValueKind.Weight).Select(Of);
        return $"// recomputed rather than kept, {numbers} numbers a token: {string.Join(", ", from)} {(from.Count() == 1 ? "is" : "are")} at hand";
    }

    public static string Camel(string name)
    {
        var pascal = Pascal(name);
        return char.ToLowerInvariant(pascal[0]) + pascal.Substring(1);
    }

    public static string Pascal(string name) =>
        string.Concat(name.Split('_').Where(part => part.Length > 0).Select(part => char.ToUpperInvariant(part[0]) + part.Substring(1)));

    /// <summary>The other way, for configurations: <c>PerSequence</c> → <c>per_sequence</c>.</summary>
    public static string Snake(string name) =>
        string.Concat(name.Select((letter, at) => (at > 0 && char.IsUpper(letter) ? "_" : string.Empty) + char.ToLowerInvariant(letter)));

    /// <summary>The class of a function's weights: <c>moe_block</c> → <c>MoeBlockWeights</c>.</summary>
    public static string WeightsClass(Function function) => Pascal(function.Name) + "Weights";

    /// <summary>
    /// The namespace of a compiled program: no user's type can hide a name in it. A dot becomes <c>_</c>, any other sign <c>_</c> and its code, which begins
    /// with a digit as no part of a name does: no two types have one namespace.
    /// </summary>
    public static string ProgramNamespace(TypeSpec type) => "MoeSharp.Generated." + string.Concat(type.HintName.Select(Sign));

    private static string Sign(char c) => char.IsLetterOrDigit(c) ? c.ToString() : c == '.' ? "_" : "_" + ((int)c).ToString("X2", CultureInfo.InvariantCulture);
}
