using System.Linq;
using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>The region of the routed experts on the CPU: one task a block of an expert's rows, forward and backward.</summary>
internal static class KernelExperts
{
    /// <summary>Rows of a weight's gradient that one task computes.</summary>
    private const int GradientRows = 256;

    public static void Forward(Op op, SourceWriter to)
    {
        var (hidden, dim) = (op.Int("hidden"), op.Outputs[0].Shape.Columns);
        var (x, a) = (Emission.Names.Of(op.Workspace[0]), Emission.Names.Of(op.Workspace[1]));

        to.Line("// dispatch: the pairs of a token and an expert, sorted by expert, tokens ascending");
        to.Line($"var plan = pass.Dispatch({In(op, 2)}, experts: {op.Int("count")});");
        to.Line("// fused: the experts side by side, a block of one expert's rows a task; what lies between its products stays in cache");
        using (to.Block("workers.Run(plan.Blocks.Count, task =>", "});"))
        {
            to.Line("var block = plan.Blocks[task];");
            to.Line($"var x = {x}.RowRange(block.First, block.Rows);", $"[rows, {dim}]");
            to.Line($"var gateUp = {Out(op, 1)}.RowRange(block.First, block.Rows);", $"[rows, {2 * hidden}], kept for backward");
            to.Line($"var a = {a}.RowRange(block.First, block.Rows);", $"[rows, {hidden}]");
            to.Line();
            to.Line($"Experts.Gather({In(op, 0)}, plan, block, x);", $"x = {In(op, 0)} of the block's tokens");
            to.Line($"Gemm.Multiply(x, {In(op, 3)}.RowRange(block.Expert * {2 * hidden}, {2 * hidden}).Transposed, gateUp);");
            to.Line("SwiGlu.Forward(gateUp, a);", "a = silu(gate) ⊙ up");
            to.Line($"Gemm.Multiply(a, {In(op, 4)}.RowRange(block.Expert * {dim}, {dim}).Transposed, x);", "the expert's output takes its input's place");
        }

        var plus = string.Concat(op.Plus.Select(value => " + " + Emission.Names.Of(value)));
        to.Line($"// combine, in slot order: {Out(op, 0)} = Σ_k {In(op, 1)}_k · row_k{plus}");
        to.Line($"Experts.Combine(workers, {x}, plan, {In(op, 1)}, {Out(op, 0)}{string.Concat(op.Plus.Select(value => ", " + Emission.Names.Of(value)))});");
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var (count, hidden, dim) = (op.Int("count"), op.Int("hidden"), op.Inputs[1].Shape.Columns);
        var room = op.Workspace.Select(Emission.Names.Of).ToArray();
        var (u, dY, weighted, dGateUp, dU) = (room[0], room[1], room[2], room[3], room[4]);

        to.Line($"var plan = pass.Dispatch({In(op, 3)}, experts: {count});");
        to.Line("// fused: per block of an expert's rows, everything but the weights' gradients");
        using (to.Block("workers.Run(plan.Blocks.Count, task =>", "});"))
        {
            to.Line("var block = plan.Blocks[task];");
            to.Line($"var x = {u}.RowRange(block.First, block.Rows);", $"[rows, {dim}]");
            to.Line($"var dOut = {dY}.RowRange(block.First, block.Rows);", $"[rows, {dim}]");
            to.Line($"var a = {weighted}.RowRange(block.First, block.Rows);", $"[rows, {hidden}]");
            to.Line($"var dGateUp = {dGateUp}.RowRange(block.First, block.Rows);", $"[rows, {2 * hidden}]");
            to.Line();
            to.Line($"Experts.Gather({In(op, 1)}, plan, block, x);");
            to.Line($"Experts.Gather({In(op, 0)}, plan, block, dOut);");
            to.Line($"Gemm.Multiply(dOut, {In(op, 6)}.RowRange(block.Expert * {dim}, {dim}), a);", "dOut·W_down");
            to.Line($"// {Out(op, 1)}_k = ⟨dOut·W_down, silu(gate)⊙up⟩: the expert's output is not needed. The gradient of gate and up is");
            to.Line("// weighted on the way, and a becomes weight·silu(gate)⊙up, the left factor of W_down's gradient.");
            to.Line($"ExpertsSwiGlu.Backward({In(op, 4)}.RowRange(block.First, block.Rows), plan, block, {In(op, 2)}, a, dGateUp, {Out(op, 1)});");
            to.Line($"Gemm.Multiply(dGateUp, {In(op, 5)}.RowRange(block.Expert * {2 * hidden}, {2 * hidden}), {dU}.RowRange(block.First, block.Rows));");
        }

        to.Line("// the weights' gradients, each expert's cut by output rows: sums run over all of its tokens in one order");
        WeightGradient(to, count, 2 * hidden, dGateUp, u, Out(op, 2));
        WeightGradient(to, count, dim, dY, weighted, Out(op, 3));
        var sign = op.Into is null ? "=" : "+=";
        to.Line($"// back to the tokens, in slot order: {Out(op, 0)} {sign} Σ_k row_k");
        to.Line($"Experts.ScatterSum(workers, {dU}, plan, {Out(op, 0)}, accumulate: {Literals.Bool(op.Into is not null)});");
    }

    private static void WeightGradient(SourceWriter to, int count, int rows, string left, string right, string gradient)
    {
        var cuts = (rows + GradientRows - 1) / GradientRows;
        if (cuts == 1)
        {
            to.Line($"workers.Run({count}, expert => Gemm.Multiply(plan.RowsOf({left}, expert).Transposed, plan.RowsOf({right}, expert), {gradient}.RowRange(expert * {rows}, {rows}), accumulate: true));");
            return;
        }

        using (to.Block($"workers.Run({count * cuts}, task =>", "});"))
        {
            to.Line($"var (expert, first) = (task / {cuts}, task % {cuts} * {GradientRows});");
            to.Line($"var rows = Math.Min({GradientRows}, {rows} - first);");
            to.Line($"Gemm.Multiply(plan.RowsOf({left}, expert).ColumnRange(first, rows).Transposed, plan.RowsOf({right}, expert), {gradient}.RowRange((expert * {rows}) + first, rows), accumulate: true);");
        }
    }
}
