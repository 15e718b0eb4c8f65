using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>How every op is written as a call of a CPU kernel: one row an op. The two regions have files of their own.</summary>
internal static class KernelOps
{
    private static readonly Dictionary<string, Action<Op, SourceWriter>> Table = new()
    {
        [OpNames.Embedding] = (op, to) => to.Line($"Embedding.Forward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});"),
        [OpNames.EmbeddingBackward] = (op, to) => to.Line($"Embedding.Backward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});"),
        [OpNames.RmsNorm] = RmsNorm,
        [OpNames.AddRmsNorm] = AddRmsNorm,
        [OpNames.RmsNormBackward] = RmsNormBackward,
        [OpNames.Linear] = (op, to) => to.Line($"Gemm.Multiply(workers, {In(op, 0)}, {In(op, 1)}.Transposed, {Out(op, 0)});"),
        [OpNames.LinearBackward] = (op, to) => to.Line($"Gemm.Multiply(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)}{(op.Into is null ? string.Empty : ", accumulate: true")});"),
        [OpNames.LinearWeightGradient] = (op, to) => to.Line($"Gemm.Multiply(workers, {In(op, 0)}.Transposed, {In(op, 1)}, {Out(op, 0)}, accumulate: true);"),
        [OpNames.Rope] = (op, to) => Rope(op, to, "Forward"),
        [OpNames.RopeBackward] = (op, to) => Rope(op, to, "Backward"),
        [OpNames.Attention] = Attention,
        [OpNames.AttentionBackward] = AttentionBackward,
        [OpNames.SwiGlu] = (op, to) => to.Line($"SwiGlu.Forward(workers, {In(op, 0)}, {Out(op, 0)});"),
        [OpNames.SwiGluBackward] = (op, to) => to.Line($"SwiGlu.Backward(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});"),
        [OpNames.Add] = (op, to) => to.Line($"Elementwise.Add(workers, {In(op, 0)}, {In(op, 1)}, {Out(op, 0)});"),
        [OpNames.Route] = KernelRoute.Forward,
        [OpNames.RouteBackward] = KernelRoute.Backward,
        [OpNames.Experts] = KernelExperts.Forward,
        [OpNames.ExpertsBackward] = KernelExperts.Backward,
    };

    /// <summary>The ops that can be written, for the test that finds one without a row.</summary>
    public static IEnumerable<string> Names => Table.Keys;

    public static void Write(Op op, SourceWriter to) => Table[op.Name](op, to);

    public static string In(Op op, int index) => Emission.Names.Of(op.Inputs[index]);

    public static string Out(Op op, int index) => Emission.Names.Of(op.Outputs[index]);

    private static void RmsNorm(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = {In(op, 0)} · rsqrt(mean({In(op, 0)}²) + ε) · {In(op, 1)}; the row factors are kept");
        to.Line($"RmsNorm.Forward(workers, {In(op, 0)}, {In(op, 1)}, {Literals.Number(op["eps"])}, {Out(op, 0)}, {Out(op, 1)});");
    }

    private static void AddRmsNorm(Op op, SourceWriter to)
    {
        to.Line($"// fused: {Out(op, 0)} = {In(op, 0)} + {In(op, 1)}, normalised while in cache: {Out(op, 1)} = {Out(op, 0)} · rsqrt(mean({Out(op, 0)}²) + ε) · {In(op, 2)}");
        to.Line($"RmsNorm.AddForward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {Literals.Number(op["eps"])}, {Out(op, 0)}, {Out(op, 1)}, {Out(op, 2)});");
    }

    private static void RmsNormBackward(Op op, SourceWriter to)
    {
        var sign = op.Into is null ? "=" : "+=";
        to.Line($"// x̂ = {In(op, 1)}·rstd: {Out(op, 0)} {sign} rstd·({In(op, 0)}·w − x̂·mean({In(op, 0)}·w·x̂)), and the norm's own gradient");
        to.Line($"RmsNorm.Backward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {In(op, 3)}, {Out(op, 0)}, accumulate: {Literals.Bool(op.Into is not null)}, {Out(op, 1)});");
    }

    private static void Rope(Op op, SourceWriter to, string direction)
    {
        to.Line(direction == "Forward"
            ? "// rotary positions on queries and keys, in place; half-split pairs"
            : "// the rotation back, in place");
        if (!op.InPlace)
        {
            to.Line($"{In(op, 0)}.CopyTo({Out(op, 0)});");
        }

        var columns = op.Int("heads") * op.Int("head_dim");
        to.Line($"Rope.{direction}(workers, {Out(op, 0)}.ColumnRange(0, {columns}), heads: {op.Int("heads")}, headDim: {op.Int("head_dim")}, pass.Sequence, theta: {Literals.Number(op["theta"])});");
    }

    private static string Heads(Op op) => $"heads: {op.Int("heads")}, kvHeads: {op.Int("kv_heads")}, headDim: {op.Int("head_dim")}, pass.Sequence";

    private static void Attention(Op op, SourceWriter to)
    {
        to.Line($"// {Out(op, 0)} = softmax(q·kᵀ/√{op.Int("head_dim")}, causal)·v, block by block: of the scores only the logsumexp of a row is kept");
        to.Line($"Attention.Forward(workers, {In(op, 0)}, {Heads(op)}, {Out(op, 0)}, {Out(op, 1)});");
    }

    private static void AttentionBackward(Op op, SourceWriter to)
    {
        to.Line("// the probabilities are computed again from the logsumexp, block by block");
        to.Line($"Attention.Backward(workers, {In(op, 0)}, {In(op, 1)}, {In(op, 2)}, {In(op, 3)}, {Heads(op)}, {Out(op, 0)});");
    }
}
