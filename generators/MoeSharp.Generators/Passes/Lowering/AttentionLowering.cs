using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary><c>h = x + o_proj(attention(rope(qkv_proj(norm(x)))))</c>: causal, grouped-query where there are fewer key and value heads.</summary>
internal static class AttentionLowering
{
    public static Value Append(FunctionBuilder function, AttentionSpec attention, int dim)
    {
        function.Stage = "attention";
        var (heads, kvHeads, headDim) = (attention.Heads, attention.KvHeads, attention.HeadDim);
        var inputNorm = function.Scale("w_input_norm", "input_layernorm.weight", dim);

        // One product for queries, keys and values: their rows lie one after the other.
        var qkvProj = function.Matrix(
            "w_qkv",
            "self_attn.qkv_proj.weight",
            [(heads + (2 * kvHeads)) * headDim, dim],
            new Slice("self_attn.q_proj.weight", heads * headDim),
            new Slice("self_attn.k_proj.weight", kvHeads * headDim),
            new Slice("self_attn.v_proj.weight", kvHeads * headDim));
        var oProj = function.Matrix("w_o", "self_attn.o_proj.weight", [dim, heads * headDim]);

        var n = function.RmsNorm("n", function.Input, inputNorm);
        var qkv = function.Linear("qkv", n, qkvProj, "queries, keys and values in one product");
        var rotated = function.Append(new Op(OpNames.Rope, [qkv], [FunctionBuilder.Rows("qkv_rotated", qkv.Shape.Columns)])
            .With(("heads", heads + kvHeads), ("head_dim", headDim), ("theta", attention.RopeTheta)));
        var o = function.Append(new Op(OpNames.Attention, [rotated], [FunctionBuilder.Rows("o", heads * headDim), new Value("log_sum_exp", new Shape(heads, Dim.Tokens))])
            .With(("heads", heads), ("kv_heads", kvHeads), ("head_dim", headDim)));
        var attended = function.Linear("attended", o, oProj);
        return function.Add("h", function.Input, attended);
    }
}
