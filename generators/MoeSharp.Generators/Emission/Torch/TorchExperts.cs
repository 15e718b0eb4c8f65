using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using static MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>The region of the routed experts in TorchSharp's operations: rows sorted by expert, one product an expert.</summary>
internal static class TorchExperts
{
    public static void Forward(Op op, SourceWriter to)
    {
        var (pairs, dim) = (op.Outputs[1].Shape.Dims[0].ToString(), op.Outputs[0].Shape.Columns);
        Dispatch(op, In(op, 2), to);
        to.Line($"var uPairs = {In(op, 0)}.index_select(0, plan.RowToken);", $"[{pairs}, {dim}]");
        to.Line($"var {Out(op, 1)} = plan.Multiply(uPairs, {In(op, 3)}){PlusBias(op, 5)};", op.Outputs[1].Shape + Emission.Names.KeptForBackward(op));
        to.Line($"var outPairs = plan.Multiply(TorchOps.{ActivationTable.Of(op).Torch}({Out(op, 1)}), {In(op, 4)}){PlusBias(op, 6)};", $"[{pairs}, {dim}]");
        to.Line($"var {Out(op, 0)} = plan.Combine(outPairs, {In(op, 1)});", "Σ_k weights_k · row_k");
    }

    /// <summary>The same up to what backward reads.</summary>
    public static void Up(Op op, SourceWriter to)
    {
        Dispatch(op, In(op, 1), to);
        to.Line("// as far as backward reads the experts: neither their outputs nor the combine");
        to.Line($"var {Out(op, 0)} = plan.Multiply({In(op, 0)}.index_select(0, plan.RowToken), {In(op, 2)}){PlusBias(op, 3)};", op.Outputs[0].Shape.ToString());
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var (activation, hasBias) = (ActivationTable.Of(op), op.Inputs.Count > 7);
        var (pairs, dim, hidden) = (op.Inputs[4].Shape.Dims[0].ToString(), op.Inputs[1].Shape.Columns, op.Int("hidden"));
        var (dY, u, weights, experts, up) = (In(op, 0), In(op, 1), In(op, 2), In(op, 3), In(op, 4));
        var dUp = Emission.Names.Of(op.Workspace[3]);
        to.Line($"var plan = new TorchDispatch({experts}, count: {op.Int("count")});");
        to.Line($"var dYPairs = {dY}.index_select(0, plan.RowToken);", $"[{pairs}, {dim}]");
        to.Line($"var dDown = plan.MultiplyBackward(dYPairs, {In(op, 6)});", $"[{pairs}, {hidden}], dY·W_down");
        to.Line($"var aPairs = TorchOps.{activation.Torch}({up});", $"[{pairs}, {hidden}], computed again");
        if (hasBias)
        {
            to.Line("// ⟨dY·W_down, a⟩ + ⟨dY, b_down⟩: the expert's output is not needed");
            to.Line($"var {Out(op, 1)} = plan.ToSlots(TorchOps.Wide(dDown * aPairs).sum(-1) + TorchOps.Wide(dYPairs * plan.BiasOfRows({In(op, 7)})).sum(-1));");
        }
        else
        {
            to.Line($"var {Out(op, 1)} = plan.ToSlots(TorchOps.Wide(dDown * aPairs).sum(-1));", "⟨dY·W_down, a⟩: the expert's output is not needed");
        }

        to.Line($"var pairWeights = plan.OfPairs({weights}).to(aPairs.dtype);", $"[{pairs}, 1]");
        to.Line($"plan.AddWeightGradient({Out(op, 3)}, dYPairs, aPairs * pairWeights);");
        to.Line($"var {dUp} = TorchOps.{activation.Torch}Backward(dDown * pairWeights, {up});", $"[{pairs}, {activation.Maps * hidden}]");
        to.Line($"plan.AddWeightGradient({Out(op, 2)}, {dUp}, {u}.index_select(0, plan.RowToken));");
        if (hasBias)
        {
            to.Line($"plan.AddBiasGradient({Out(op, 4)}, {dUp});");
            to.Line($"plan.AddBiasGradient({Out(op, 5)}, dYPairs * pairWeights);");
        }

        to.Line($"var {Out(op, 0)} = plan.ScatterSum(plan.MultiplyBackward({dUp}, {In(op, 5)}));", op.Outputs[0].Shape.ToString());
    }

    private static void Dispatch(Op op, string chosen, SourceWriter to)
    {
        to.Line("// dispatch: the pairs of a token and an expert, sorted by expert, tokens ascending");
        to.Line($"var plan = new TorchDispatch({chosen}, count: {op.Int("count")});");
    }

    private static string PlusBias(Op op, int input) => op.Inputs.Count > input ? $" + plan.BiasOfRows({In(op, input)})" : string.Empty;
}
