using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>How every op is written in TorchSharp's operations: one row an op. The two regions have files of their own.</summary>
internal static class TorchOpTable
{
    private static readonly Dictionary<string, Action<Op, SourceWriter>> Table = new(OfActivations())
    {
        [OpNames.Embedding] = (op, to) => Assign(op, to, $"{In(op, 1)}.index_select(0, {In(op, 0)})"),
        [OpNames.EmbeddingBackward] = (op, to) => to.Line($"{Out(op, 0)}.index_add_(0, {In(op, 0)}, {In(op, 1)}, Scalars.One);"),
        [OpNames.RmsNorm] = RmsNorm,
        [OpNames.RmsNormBackward] = (op, to) => Assign(op, to, $"TorchOps.RmsNormBackward({In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {In(op, 3)}, {Out(op, 1)})"),
        [OpNames.Linear] = Linear,
        [OpNames.LinearBackward] = LinearBackward,
        [OpNames.LinearWeightGradient] = LinearWeightGradient,
        [OpNames.Rope] = (op, to) => Assign(op, to, $"TorchOps.Rope({In(op, 0)}, {RopeArguments(op, "pass.Positions")})"),
        [OpNames.RopeBackward] = (op, to) => Assign(op, to, $"TorchOps.RopeBackward({In(op, 0)}, {RopeArguments(op, "pass.Sequence")})"),
        [OpNames.Attention] = Attention,
        [OpNames.AttentionBackward] = AttentionBackward,
        [OpNames.BiasGradient] = (op, to) => to.Line($"TorchOps.AddBiasGradient({Out(op, 0)}, {In(op, 0)});"),
        [OpNames.SigmoidScale] = (op, to) => Assign(op, to, $"TorchOps.SigmoidScale({In(op, 0)}, {In(op, 1)})"),
        [OpNames.SigmoidScaleBackward] = (op, to) => to.Line(
            $"var ({Out(op, 0)}, {Out(op, 1)}) = TorchOps.SigmoidScaleBackward({In(op, 0)}, {In(op, 1)}, {In(op, 2)});",
            $"σ·{In(op, 0)}, ⟨{In(op, 0)}, {In(op, 1)}⟩·σ·(1 − σ)"),
        [OpNames.Add] = (op, to) => Assign(op, to, $"{In(op, 0)} + {In(op, 1)}"),
        [OpNames.Jitter] = (op, to) => Assign(op, to, $"TorchGates.Jitter(pass, sparseLayer, {In(op, 0)}, {Literals.Number(op["epsilon"])})"),
        [OpNames.JitterBackward] = JitterBackward,
        [OpNames.Route] = TorchRoute.Forward,
        [OpNames.RouteBackward] = TorchRoute.Backward,
        [OpNames.Drop] = TorchDrop.Forward,
        [OpNames.DropBackward] = TorchDrop.Backward,
        [OpNames.Experts] = TorchExperts.Forward,
        [OpNames.ExpertsBackward] = TorchExperts.Backward,
        [OpNames.ExpertsUp] = TorchExperts.Up,
    };

    /// <summary>The ops that can be written, for the test that finds one without a row.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    public static void Write(Op op, SourceWriter to) => Table[op.Name](op, to);

    public static string In(Op op, int index) => Emission.Names.Of(op.Inputs[index]);

    public static string Out(Op op, int index) => Emission.Names.Of(op.Outputs[index]);

    public static void Assign(Op op, SourceWriter to, string expression) =>
        to.Line($"var {Out(op, 0)} = {expression};", op.Outputs[0].Shape.ToString());

    private static Dictionary<string, Action<Op, SourceWriter>> OfActivations() => ActivationTable.All
        .SelectMany(row => new (string Op, Action<Op, SourceWriter> Write)[]
        {
            (row.Op, (op, to) => Assign(op, to, $"TorchOps.{row.Torch}({In(op, 0)})")),
            (row.BackwardOp, (op, to) => Assign(op, to, $"TorchOps.{row.Torch}Backward({In(op, 0)}, {In(op, 1)})")),
        })
        .ToDictionary(entry => entry.Op, entry => entry.Write);

    private static void RmsNorm(Op op, SourceWriter to) => to.Line(
        $"var ({Out(op, 0)}, {Out(op, 1)}) = TorchOps.RmsNorm({In(op, 0)}, {In(op, 1)}, {Literals.Number(op["eps"])});",
        $"{In(op, 0)}·rsqrt(mean({In(op, 0)}²) + ε)·{Emission.Names.Symbol(op.Inputs[1])}");

    private static void Attention(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = softmax(q·kᵀ/√{op.Int("head_dim")}, causal)·v, {op.Outputs[0].Shape}");
        var cache = string.Empty;
        if (op.Recomputation != Recomputation.Again)
        {
            to.Line("// (in decoding k and v are the cache's, and the tokens' own are added to them)");
            cache = ", pass.KeyValues(layer)";
        }

        to.Line($"var ({Out(op, 0)}, {Out(op, 1)}) = TorchOps.Attention({In(op, 0)}, {HeadArguments(op)}{cache});");
    }

    private static void AttentionBackward(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)}, {op.Outputs[0].Shape}: the probabilities are computed again from {In(op, 3)}");
        to.Line($"var {Out(op, 0)} = TorchOps.AttentionBackward({In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {In(op, 3)}, {HeadArguments(op)});");
    }

    private static void JitterBackward(Op op, SourceWriter to) =>
        Assign(op, to, $"TorchGates.Jitter(pass, sparseLayer, {In(op, 0)}, {Literals.Number(op["epsilon"])}).to({In(op, 0)}.dtype)");

    private static void Linear(Op op, SourceWriter to) =>
        Assign(op, to, op.IsWide
            ? $"TorchOps.Wide({In(op, 0)}).matmul(TorchOps.Wide({In(op, 1)}).t())"
            : $"{In(op, 0)}.matmul({In(op, 1)}.t()){(op.Inputs.Count > 2 ? " + " + In(op, 2) : string.Empty)}");

    private static void LinearBackward(Op op, SourceWriter to) =>
        Assign(op, to, op.IsWide
            ? $"{In(op, 0)}.matmul(TorchOps.Wide({In(op, 1)})){(op.HasWideInput ? string.Empty : $".to({In(op, 1)}.dtype)")}"
            : $"{In(op, 0)}.matmul({In(op, 1)})");

    private static void LinearWeightGradient(Op op, SourceWriter to) =>
        to.Line(op.IsWide
            ? $"{Out(op, 0)}.add_({In(op, 0)}.t().matmul(TorchOps.Wide({In(op, 1)})).to({Out(op, 0)}.dtype));"
            : $"{Out(op, 0)}.add_({In(op, 0)}.t().matmul({In(op, 1)}));");

    private static string RopeArguments(Op op, string positions) =>
        $"heads: {op.Int("heads")}, headDim: {op.Int("head_dim")}, {positions}, theta: {Literals.Number(op["theta"])}";

    private static string HeadArguments(Op op) => $"heads: {op.Int("heads")}, kvHeads: {op.Int("kv_heads")}, headDim: {op.Int("head_dim")}, pass.Sequence";
}
