using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>The gate's region in TorchSharp's operations, with the declared gate's steps and no others.</summary>
internal static class TorchRoute
{
    public static void Forward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (logits, weights, experts, scores) = (In(op, 0), Out(op, 0), Out(op, 1), Out(op, 2));
        to.Line($"var {scores} = {logits}.{(gate.Kind == GateKind.Sigmoid ? "sigmoid()" : "softmax(-1)")};", op.Outputs[2].Shape.ToString());
        var choice = scores;
        if (gate.HasBias)
        {
            to.Line($"var choice = {scores} + pass.BalanceBias(sparseLayer, {scores}.dtype);", "selection looks at s + b; the weights do not");
            choice = "choice";
        }

        if (gate.IsGroupLimited)
        {
            to.Line(
                $"var eligible = TorchOps.KeepGroups({choice}, groups: {gate.Groups}, keep: {gate.TopGroups}, best: {(gate.HasBias ? 2 : 1)});",
                $"the {gate.TopGroups} best of {gate.Groups} groups stay; the others become −∞");
            choice = "eligible";
        }

        to.Line($"var {experts} = TorchOps.TopK({choice}, {gate.Active});", "[tokens, " + gate.Active + "], ties to the lower index");
        to.Line($"var selected = {scores}.gather(1, {experts});", "[tokens, " + gate.Active + "]");
        var normalized = gate.Normalize ? "selected / (selected.sum(-1, true) + Scalars.Epsilon)" : "selected";
        to.Line($"var {weights} = {normalized} * Scalars.Of({Literals.Number(gate.Scale)});", op.Outputs[0].Shape.ToString());
        to.Line();
        using (to.Block("if (pass.Training)"))
        {
            to.Line($"pass.Count(sparseLayer, {experts}, {scores});", "the load: for the balance bias, and reported");
            TorchBalanceOps.Report(op, experts, scores, IsShared(gate), to);
        }
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (dWeights, scores, experts, dLogits) = (In(op, 0), In(op, 1), In(op, 2), Out(op, 0));
        var scale = Literals.Number(gate.Scale);
        TorchBalanceOps.OnWeights(op, experts, dWeights, to);
        if (gate.Normalize)
        {
            to.Line($"var selected = {scores}.gather(1, {experts});", "[tokens, " + gate.Active + "]");
            to.Line("var total = selected.sum(-1, true) + Scalars.Epsilon;", "[tokens, 1]");
            to.Line($"var dSelected = ({dWeights} - ({dWeights} * selected).sum(-1, true) / total) / total * Scalars.Of({scale});", "[tokens, " + gate.Active + "]");
        }
        else
        {
            to.Line($"var dSelected = {dWeights} * Scalars.Of({scale});", "[tokens, " + gate.Active + "]");
        }

        to.Line($"var dScores = zeros_like({scores}).scatter_add(1, {experts}, dSelected);", "selection itself carries no gradient");
        TorchBalanceOps.OnScores(op, scores, IsShared(gate), to);
        to.Line(
            gate.Kind == GateKind.Sigmoid
                ? $"var {dLogits} = dScores * {scores} * (Scalars.One - {scores});"
                : $"var {dLogits} = {scores} * (dScores - (dScores * {scores}).sum(-1, true));",
            op.Outputs[0].Shape.ToString());
        TorchBalanceOps.OnLogits(op, dLogits, to);
    }

    /// <summary>Whether an expert's share of a token is its score over their sum, because scores do not sum to one.</summary>
    private static bool IsShared(RouteOptions gate) => gate.Kind == GateKind.Sigmoid;
}
