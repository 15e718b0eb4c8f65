using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary><c>down(silu(gate·u) ⊙ up·u)</c>, gate and up as one product. Dense layers and shared experts are both this.</summary>
internal static class FeedForwardLowering
{
    /// <param name="function">Where to append.</param>
    /// <param name="u">The input.</param>
    /// <param name="hidden">The hidden width.</param>
    /// <param name="path">The Hugging Face module: <c>mlp.</c>, <c>mlp.shared_experts.</c></param>
    /// <param name="suffix">Tells its values apart from others in the function.</param>
    public static Value Append(FunctionBuilder function, Value u, int hidden, string path, string suffix)
    {
        var dim = u.Shape.Columns;
        var gateUpProj = function.Matrix(
            "w_gate_up" + suffix,
            path + "gate_up_proj.weight",
            [2 * hidden, dim],
            new Slice(path + "gate_proj.weight", hidden),
            new Slice(path + "up_proj.weight", hidden));
        var downProj = function.Matrix("w_down" + suffix, path + "down_proj.weight", [dim, hidden]);

        var gateUp = function.Linear("gate_up" + suffix, u, gateUpProj, "gate and up in one product", ElementType.Operand);
        var a = function.Append(new Op(OpNames.SwiGlu, [gateUp], [FunctionBuilder.Rows("a" + suffix, hidden) with { Type = ElementType.Operand }]));
        return function.Linear("f" + suffix, a, downProj);
    }
}
