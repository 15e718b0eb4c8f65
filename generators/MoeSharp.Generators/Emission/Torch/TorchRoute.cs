using MoeSharp.Generators.Emission.Balance;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec.Balance;
using static MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>
/// The gate's region in TorchSharp's operations, with the declared gate's steps and no others. What the kind of gate has of its own is in its row of
/// <see cref="GateTable"/>.
/// </summary>
internal static class TorchRoute
{
    public static void Forward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (experts, scores) = (Out(op, 1), Out(op, 2));
        gate.Gate.TorchScore(op, to);
        var chosen = RouteOptions.Chosen(op.Outputs) is { } all ? Emission.Names.Of(all) : experts;
        if (gate.Gate.ChoosesTokens)
        {
            gate.Gate.TorchChoose(op, to);
        }
        else
        {
            Select(gate, op, chosen, to);
            Weigh(gate, op, chosen, to);
        }

        if (!RouteOptions.Counts(op))
        {
            return;
        }

        to.Line();
        using (to.Block("if (pass.Training)"))
        {
            to.Line($"pass.Count(sparseLayer, {chosen}, {scores});", $"the load, for {(gate.HasBias ? "the balance bias and " : string.Empty)}the report");
            TorchBalanceOps.Report(op, chosen, scores, !gate.Gate.SumsToOne, to);
        }
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (dWeights, scores, experts, scale) = (In(op, 0), In(op, 1), In(op, 2), Literals.Number(gate.Scale));
        var chosen = RouteOptions.Chosen(op.Inputs) is { } all ? Emission.Names.Of(all) : experts;
        TorchBalanceOps.OnWeights(op, chosen, dWeights, to);
        if (chosen != experts && BalanceParts.Of(op).Reach(BalancePath.Weights))
        {
            to.Line($"{dWeights} = {dWeights}.masked_fill({experts}.lt(Scalars.Zero), Scalars.Zero);", "the weight of a dropped one gets nothing");
        }

        if (gate.Normalize)
        {
            to.Line($"var selected = {scores}.gather(1, {chosen});", PerSlot(gate));
            to.Line("var total = selected.sum(-1, true) + Scalars.Epsilon;", "[tokens, 1]");
            to.Line($"var dSelected = ({dWeights} - ({dWeights} * selected).sum(-1, true) / total) / total * Scalars.Of({scale});", PerSlot(gate));
        }
        else if (!gate.Gate.ChoosesTokens)
        {
            to.Line($"var dSelected = {dWeights} * Scalars.Of({scale});", PerSlot(gate));
        }

        to.Line(gate.Gate.ChoosesTokens
            ? $"var dScores = {dWeights} * Scalars.Of({scale});"
            : $"var dScores = zeros_like({scores}).scatter_add(1, {chosen}, dSelected);", "selection itself carries no gradient");
        TorchBalanceOps.OnScores(op, scores, !gate.Gate.SumsToOne, to);
        gate.Gate.TorchScoreBackward(op, to);
        TorchBalanceOps.OnLogits(op, Out(op, 0), to);
    }

    private static void Select(RouteOptions gate, Op op, string chosen, SourceWriter to)
    {
        var scores = Out(op, 2);
        var choice = scores;
        if (gate.HasBias)
        {
            if (op.Recomputation != Recomputation.None)
            {
                to.Line(RouteOptions.BiasComment(op));
            }

            to.Line($"var choice = {scores} + pass.{RouteOptions.BalanceBias(op)}(sparseLayer, {scores}.dtype);", "selection looks at s + b; the weights do not");
            choice = "choice";
        }

        if (gate.IsGroupLimited)
        {
            to.Line(
                $"var eligible = TorchOps.KeepGroups({choice}, groups: {gate.Groups}, keep: {gate.TopGroups}, best: {gate.BestOfGroup});",
                $"the {gate.TopGroups} best of {gate.Groups} groups stay; the others become −∞");
            choice = "eligible";
        }

        to.Line($"var {chosen} = TorchOps.TopK({choice}, {gate.Active});", PerSlot(gate) + ", ties to the lower index");
    }

    private static void Weigh(RouteOptions gate, Op op, string chosen, SourceWriter to)
    {
        var (weights, experts, scale, isRandom) = (Out(op, 0), Out(op, 1), Literals.Number(gate.Scale), chosen != Out(op, 1));
        to.Line($"var selected = {Out(op, 2)}.gather(1, {chosen});", PerSlot(gate));
        var normalized = gate.Normalize ? "selected / (selected.sum(-1, true) + Scalars.Epsilon)" : "selected";
        to.Line($"var {(isRandom ? "both" : weights)} = {normalized} * Scalars.Of({scale});", op.Outputs[0].Shape.ToString());
        if (isRandom)
        {
            to.Line(
                $"var {experts} = TorchGates.KeepSecond(pass, sparseLayer, {chosen}, both, scale: {scale});",
                "[tokens, 2], the second with probability min(1, 2·its share), else −1");
            to.Line($"var {weights} = both.masked_fill({experts}.lt(Scalars.Zero), Scalars.Zero);", op.Outputs[0].Shape.ToString());
        }
    }

    private static string PerSlot(RouteOptions gate) => $"[tokens, {gate.Active}]";
}
