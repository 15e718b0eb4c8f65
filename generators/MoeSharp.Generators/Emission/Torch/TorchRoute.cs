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
            foreach (var (name, weight, counted) in Losses(gate, experts, scores))
            {
                var loss = $"TorchBalance.{name}Loss(pass, {counted}, {scores}, active: {gate.Active}, shares: {Shares(gate)})";
                to.Wrapped(
                    "pass.AddLoss(",
                    ["sparseLayer", Literals.Quoted(name == "Batch" ? "expert_balance" : "sequence_balance"), loss, $"weight: {Literals.Number(weight)}"],
                    ");");
            }
        }
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (dWeights, scores, experts, dLogits) = (In(op, 0), In(op, 1), In(op, 2), Out(op, 0));
        var scale = Literals.Number(gate.Scale);
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
        if (gate.HasBalanceLoss)
        {
            to.Line();
            using (to.Block("if (pass.Training)"))
            {
                foreach (var (name, weight, counted) in Losses(gate, experts, scores))
                {
                    var arguments = $"active: {gate.Active}, shares: {Shares(gate)}, weight: {Literals.Number(weight)}";
                    to.Line($"dScores = dScores + TorchBalance.{name}Backward(pass, {counted}, {scores}, {arguments});");
                }
            }
        }

        to.Line(
            gate.Kind == GateKind.Sigmoid
                ? $"var {dLogits} = dScores * {scores} * (Scalars.One - {scores});"
                : $"var {dLogits} = {scores} * (dScores - (dScores * {scores}).sum(-1, true));",
            op.Outputs[0].Shape.ToString());
    }

    private static string Shares(RouteOptions gate) => Literals.Bool(gate.Kind == GateKind.Sigmoid);

    private static IEnumerable<(string Name, double Weight, string Counted)> Losses(RouteOptions gate, string experts, string scores)
    {
        if (gate.SequenceBalance > 0)
        {
            yield return ("Sequence", gate.SequenceBalance, $"TorchOps.TopK({scores}, {gate.Active})");
        }

        if (gate.ExpertBalance > 0)
        {
            yield return ("Batch", gate.ExpertBalance, experts);
        }
    }
}
