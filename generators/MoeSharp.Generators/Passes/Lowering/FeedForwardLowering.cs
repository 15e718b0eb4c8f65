using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary><c>down(activation(up·u))</c>, gate and up as one product where the activation is gated. Dense layers and shared experts are both this.</summary>
internal static class FeedForwardLowering
{
    /// <param name="function">Where to append.</param>
    /// <param name="u">The input.</param>
    /// <param name="hidden">The hidden width.</param>
    /// <param name="activation">What lies between the maps.</param>
    /// <param name="hasBias">Whether the maps add one.</param>
    /// <param name="path">The Hugging Face module: <c>mlp.</c>, <c>mlp.shared_experts.</c></param>
    /// <param name="suffix">Tells its values apart from others in the function.</param>
    public static Value Append(FunctionBuilder function, Value u, int hidden, Activation activation, bool hasBias, string path, string suffix)
    {
        var (dim, input) = (u.Shape.Columns, activation.Input + suffix);
        var up = function.Matrix(
            "w_" + input,
            $"{path}{activation.Input}_proj.weight",
            [activation.Maps * hidden, dim],
            activation.IsGated ? [.. Maps(activation, path, "weight", hidden)] : []);
        var down = function.Matrix("w_down" + suffix, path + "down_proj.weight", [dim, hidden]);
        Value? upBias = null, downBias = null;
        if (hasBias)
        {
            upBias = function.Bias("b_" + input, $"{path}{activation.Input}_proj.bias", [activation.Maps * hidden], [.. Maps(activation, path, "bias", hidden)]);
            downBias = function.Bias("b_down" + suffix, path + "down_proj.bias", [dim], new Slice(path + "down_proj.bias", dim));
        }

        var note = activation.IsGated ? "gate and up in one product" : string.Empty;
        var z = function.Linear(input, u, up, note, ElementType.Operand, upBias);
        var a = function.Append(new Op(activation.Op, [z], [FunctionBuilder.Rows("a" + suffix, hidden) with { Type = ElementType.Operand }]));
        return function.Linear("f" + suffix, a, down, bias: downBias);
    }

    /// <summary>The Hugging Face tensors of the maps into the hidden width, in the order in which they are packed.</summary>
    public static IEnumerable<Slice> Maps(Activation activation, string path, string kind, int hidden)
    {
        if (activation.IsGated)
        {
            yield return new Slice($"{path}gate_proj.{kind}", hidden);
        }

        yield return new Slice($"{path}up_proj.{kind}", hidden);
    }
}
