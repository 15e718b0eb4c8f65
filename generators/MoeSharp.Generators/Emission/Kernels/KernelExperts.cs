using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>The region of the routed experts on the CPU: one task a block of an expert's rows, forward and backward.</summary>
internal static class KernelExperts
{
    public static void Forward(Op op, SourceWriter to)
    {
        var dim = op.Outputs[0].Shape.Columns;
        var (activation, hasBias) = (ActivationTable.Of(op), op.Inputs.Count > 5);
        var (y, upRows) = (Emission.Names.Of(op.Workspace[0]), UpRows(op));
        Dispatch(op, op.Inputs[2], to);
        to.Line("// fused: the experts side by side, a block of one expert's rows a task; what lies between its products stays in cache");
        using (to.Block("workers.Run(plan.Blocks.Count, task =>", "});"))
        {
            FirstProduct(op, op.Inputs[3], op.Outputs[1], [("a", op.Int("hidden"))], [($"var yRows = {Rows(y)};", $"[rows, {dim}]")], to);
            to.Line(hasBias ? $"// fused: {upRows} += {Weight(op, 5)}, and aRows = {activation.Formula}" : $"// aRows = {activation.Formula}");
            to.Line($"{activation.Kernel}.Forward({upRows}, aRows{(hasBias ? $", {Row(op, 5)}" : string.Empty)});");
            to.Line($"// yRows = aRows·{Weight(op, 4)}ᵀ; meanwhile the next block's tokens, which lie anywhere, are on their way to the cache");
            to.Line($"var nextTokens = RowsSoon.Of({In(op, 0)}, plan, plan.After(block));");
            to.Line($"Gemm<TWeight>.Multiply(aRows, {In(op, 4)}.RowRange(block.Expert * {dim}, {dim}).Transposed, yRows, soon: nextTokens);");
            if (hasBias)
            {
                to.Line($"// yRows += {Weight(op, 6)}");
                to.Line($"Bias.Add(yRows, {Row(op, 6)});");
            }
        }

        var plus = op.Plus.Select(Emission.Names.Of).ToList();
        var fused = plus.Count > 0 ? "fused: " : string.Empty;
        to.Line($"// {fused}combine in slot order, {Out(op, 0)} = Σ_k {In(op, 1)}_k · row_k{string.Concat(plus.Select(value => " + " + value))}");
        to.Line($"Experts.Combine(workers, {y}, plan, {In(op, 1)}, {Out(op, 0)}{string.Concat(plus.Select(value => ", " + value))});");
    }

    /// <summary>The same up to what backward reads.</summary>
    public static void Up(Op op, SourceWriter to)
    {
        Dispatch(op, op.Inputs[1], to);
        to.Line("// the experts side by side, as far as backward reads them: neither their outputs nor the combine");
        using (to.Block("workers.Run(plan.Blocks.Count, task =>", "});"))
        {
            FirstProduct(op, op.Inputs[2], op.Outputs[0], [], [], to);
            if (op.Inputs.Count > 3)
            {
                to.Line($"// {UpRows(op)} += {Weight(op, 3)}");
                to.Line($"Bias.Add({UpRows(op)}, {Row(op, 3)});");
            }
        }
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var (count, hidden, dim) = (op.Int("count"), op.Int("hidden"), op.Inputs[1].Shape.Columns);
        var room = op.Workspace.Select(Emission.Names.Of).ToArray();
        var (u, dY, weighted, dUp) = (room[0], room[1], room[2], room[3]);
        var scatters = room.Length > 4;
        var dU = scatters ? room[4] : Out(op, 0);
        var (activation, hasBias) = (ActivationTable.Of(op), op.Inputs.Count > 7);
        var (width, kept, dUpRows) = (activation.Maps * hidden, UpRows(op), Emission.Names.Camel("d_" + activation.Input) + "Rows");

        to.Line($"var plan = pass.Dispatch({In(op, 3)}, experts: {count});");
        to.Line();
        to.Line("// fused: per block of an expert's rows, everything but the weights' gradients. What only these read lies at the block's place:");
        to.Line("// the experts of a thread follow each other in the same rows of working memory, which stay in its cache");
        using (to.Block("void ComputeRows(ExpertBlock block)"))
        {
            to.Table(
            [
                ($"var uRows = {RowsInTurn(u)};", $"[rows, {dim}]"),
                ($"var dYRows = {RowsInTurn(dY)};", $"[rows, {dim}]"),
                ($"var aRows = {RowsInTurn(weighted)};", $"[rows, {hidden}]"),
                ($"var {dUpRows} = {RowsInTurn(dUp)};", $"[rows, {width}]"),
                ($"var dURows = {Rows(dU)};", $"[rows, {dim}]"),
            ]);
            to.Line();
            to.Line($"// uRows = {In(op, 1)} and dYRows = {In(op, 0)} at the block's tokens");
            to.Line($"Experts.Gather({In(op, 1)}, plan, block, uRows);");
            to.Line($"Experts.Gather({In(op, 0)}, plan, block, dYRows);");
            to.Line($"// aRows = dYRows·{Weight(op, 6)}; meanwhile what forward kept of these rows is on its way to the cache");
            to.Line($"var {kept} = {Rows(In(op, 4))};");
            to.Line($"Gemm<TWeight>.Multiply(dYRows, {In(op, 6)}.RowRange(block.Expert * {dim}, {dim}), aRows, soon: RowsSoon.Of({kept}));");
            to.Line($"// {Out(op, 1)}_k = ⟨aRows, {activation.Formula}⟩: the expert's output is not needed. In the same pass {dUpRows} = the gradient of");
            to.Line($"// {activation.InWords}, weighted, and aRows becomes weight·{activation.Formula}, the right factor of the gradient of {Emission.Names.Symbol(op.Inputs[6])}");
            to.Line($"{activation.ExpertsKernel}.Backward({kept}, plan, block, {In(op, 2)}, aRows, {dUpRows}, {Out(op, 1)});");
            if (hasBias)
            {
                to.Line($"// {Out(op, 1)}_k += ⟨dYRows, {Weight(op, 7)}⟩: the bias is weighted with the rest of the expert's output");
                to.Line($"ExpertsBias.AddToRouting(dYRows, plan, block, {Row(op, 7)}, {Out(op, 1)});");
            }

            to.Line($"// dURows = {dUpRows}·{Weight(op, 5)}; meanwhile the expert's next tokens are on their way");
            to.Line($"var nextTokens = RowsSoon.Of({In(op, 1)}, {In(op, 0)}, plan, plan.AfterInExpert(block));");
            to.Line($"Gemm<TWeight>.Multiply({dUpRows}, {In(op, 5)}.RowRange(block.Expert * {width}, {width}), dURows, soon: nextTokens);");
        }

        to.Line();
        to.Line("// the weights' gradients, each expert's by itself: a sum runs over all of its tokens in one order");
        using (to.Block("void ComputeGradients(ExpertRange range)"))
        {
            WeightGradient(dUp, u, op.Outputs[2], string.Empty, to);
            to.Line("// a thread nearly always goes on with the next expert: its first tokens are on their way during the last product");
            to.Line($"var nextTokens = RowsSoon.Of({In(op, 1)}, {In(op, 0)}, plan, plan.After(range));");
            WeightGradient(dY, weighted, op.Outputs[3], ", soon: nextTokens", to);
            if (hasBias)
            {
                to.Line($"// {Weight(op.Outputs[4])} += Σ of the expert's rows of {dUp}");
                to.Line($"ExpertsBias.Gradient(workers, plan, range, {dUp}, {Out(op, 4)});");
                to.Line($"// {Weight(op.Outputs[5])} += Σ {In(op, 2)}_k·row of its rows of {dY}");
                to.Line($"ExpertsBias.Gradient(workers, plan, range, {dY}, {In(op, 2)}, {Out(op, 5)});");
            }
        }

        to.Line();
        to.Line("// the experts side by side; where their loads are even, most gradients as soon as their rows are there, while these are in cache");
        to.Line("ExpertsBackward.Run(workers, plan, ComputeRows, ComputeGradients);");
        if (!scatters)
        {
            to.Line($"// (the rows of {dU} come back to their tokens in the norm's backward)");
            return;
        }

        var sign = op.Into is null ? "=" : "+=";
        to.Line();
        to.Line($"// back to the tokens, in slot order: {Out(op, 0)} {sign} Σ_k row_k");
        to.Line($"Experts.ScatterSum(workers, {dU}, plan, {Out(op, 0)}, accumulate: {Literals.Bool(op.Into is not null)});");
    }

    private static void Dispatch(Op op, Value chosen, SourceWriter to)
    {
        to.Line("// dispatch: the pairs of a token and an expert, sorted by expert, tokens ascending");
        to.Line($"var plan = pass.Dispatch({Emission.Names.Of(chosen)}, experts: {op.Int("count")});");
        to.Line();
    }

    /// <summary>In a task: the thread's own rows, the block's views, its tokens' rows, and the first product of its expert.</summary>
    private static void FirstProduct(
        Op op, Value weight, Value up, (string Name, int Columns)[] own, IEnumerable<(string Code, string Comment)> views, SourceWriter to)
    {
        var (upRows, width) = (UpRows(op), up.Shape.Columns);
        (string Name, int Columns)[] all = [("x", op.Inputs[0].Shape.Columns), .. own];
        to.Line("var block = plan.Blocks[task];");
        to.Line("// the thread's own memory, in its cache: nobody else reads these");
        foreach (var (name, columns) in all)
        {
            to.Line($"using var {name}Own = ThreadRows<TWeight>.Rent(block.Rows, {columns});");
        }

        to.Table(
        [
            .. all.Select(one => ($"var {one.Name}Rows = {one.Name}Own.Matrix;", $"[rows, {one.Columns}]")),
            ($"var {upRows} = {Rows(Emission.Names.Of(up))};", $"[rows, {width}]{Emission.Names.KeptForBackward(op)}"),
            .. views,
        ]);
        to.Line();
        to.Line($"// xRows = {In(op, 0)} at the block's tokens");
        to.Line($"Experts.Gather({In(op, 0)}, plan, block, xRows);");
        to.Line($"// {upRows} = xRows·{Weight(weight)}ᵀ");
        to.Line($"Gemm<TWeight>.Multiply(xRows, {Emission.Names.Of(weight)}.RowRange(block.Expert * {width}, {width}).Transposed, {upRows});");
    }

    private static string UpRows(Op op) => Emission.Names.Camel(ActivationTable.Of(op).Input) + "Rows";

    private static string Rows(string pairs) => $"{pairs}.RowRange(block.First, block.Rows)";

    private static string RowsInTurn(string pairs) => $"{pairs}.RowRange(block.Place, block.Rows)";

    /// <summary>An expert's share of a packed weight, in an equation.</summary>
    private static string Weight(Op op, int input) => Weight(op.Inputs[input]);

    private static string Weight(Value weight) => Emission.Names.Symbol(weight) + "[expert]";

    /// <summary>The expert's row of the biases.</summary>
    private static string Row(Op op, int input) => $"{In(op, input)}.RowRange(block.Expert, 1)";

    private static void WeightGradient(string left, string right, Value weight, string soon, SourceWriter to)
    {
        to.Line($"// {Emission.Names.Symbol(weight)}[expert] += {left}ᵀ·{right} over the expert's rows");
        to.Line($"ExpertsGradient.Compute(workers, plan, range, {left}, {right}, {Emission.Names.Of(weight)}, accumulate: pass.Accumulates{soon});");
    }
}
