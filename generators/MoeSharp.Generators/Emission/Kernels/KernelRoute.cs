using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>
/// The gate's region on the CPU: one pass over the logits of a token forward, one backward, with the declared gate's steps and no others. What the kind of gate has
/// of its own is in its row of <see cref="GateTable"/>.
/// </summary>
internal static class KernelRoute
{
    /// <summary>Tokens a task.</summary>
    public const int Grain = 64;

    /// <summary>Elements that a task takes from the stack.</summary>
    private const int MostOnStack = 1024;

    public static void Forward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (experts, scores) = (Out(op, 1), Out(op, 2));
        if (gate.HasBias)
        {
            to.Line();
            to.Line(RouteOptions.BiasComment(op));
            to.Line($"var bias = pass.{RouteOptions.BalanceBias(op)}(sparseLayer);", $"[{gate.Count}]");
            to.Line();
        }

        gate.Gate.KernelPrepare(op, to);
        var chosen = KernelLoad.Chosen(op);
        if (chosen != experts)
        {
            to.Line("// whether the second expert is kept: from the module's seed and this pass; always in evaluation and for padding");
            to.Line("var second = pass.Random(sparseLayer, GateStream.SecondExpert);");
            to.Line();
        }

        if (!gate.Gate.ChoosesTokens)
        {
            KernelLoad.Begin(op, to);
        }

        to.Line(gate.Gate.ChoosesTokens
            ? "// the scores of a task's tokens: an expert's choice, and with it weights and load, waits for those of all tokens"
            : $"// fused: score, selection{(RouteOptions.Counts(op) ? ", weights and load" : " and weights")} of a task's tokens while their rows are in cache");
        using (to.Block($"workers.For(pass.Tokens, {Grain}, (first, last) =>", "});"))
        {
            gate.Gate.KernelScore(op, to);
            if (!gate.Gate.ChoosesTokens)
            {
                Select(gate, op, chosen, to);
                Weigh(gate, op, chosen, to);
                KernelLoad.Add(op, to);
            }
        }

        if (gate.Gate.ChoosesTokens)
        {
            gate.Gate.KernelChoose(op, to);
        }

        KernelLoad.Report(op, to);
    }

    public static void Backward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (dWeights, scores, experts, dLogits) = (In(op, 0), In(op, 1), In(op, 2), Out(op, 0));
        KernelBalance.BeforeTokens(op, to);
        var parts = op.Parts.Count > 0 ? "the weights, the balance losses and the scores" : "the weights and the scores";
        to.Line($"// fused: {dWeights} through {parts} to {dLogits} in one pass; selection carries no gradient");
        using (to.Block($"workers.For(pass.Tokens, {Grain}, (first, last) =>", "});"))
        {
            if (!gate.Gate.HasOneLogit)
            {
                to.Line(PerExpert("dS", gate));
            }

            using (to.Block("for (var t = first; t < last; t++)"))
            {
                to.Line($"var s = {scores}.Row(t);");
                if (gate.Gate.HasOneLogit)
                {
                    to.Line($"var dS = {dLogits}.Row(t);");
                }

                to.Line("dS.Clear();", "an expert that was not selected gets nothing");
                var chosen = RouteOptions.Chosen(op.Inputs) is { } all ? Emission.Names.Of(all) : experts;
                KernelBalance.OnWeights(op, chosen, dWeights, to);
                if (chosen != experts)
                {
                    to.Line($"RandomSecond.Clear({experts}.Row(t), {dWeights}.Row(t));", "nor does the weight of a dropped one");
                }

                to.Line(gate.Normalize
                    ? $"RoutingWeights.NormalizedBackward({dWeights}.Row(t), s, {chosen}.Row(t), {Literals.Number(gate.Scale)}, dS);"
                    : $"RoutingWeights.Backward({dWeights}.Row(t), {chosen}.Row(t), {Literals.Number(gate.Scale)}, dS);");
                KernelBalance.OnScores(op, !gate.Gate.SumsToOne, to);
                gate.Gate.KernelScoreBackward(op, to);
                KernelBalance.OnLogits(op, dLogits, to);
            }
        }

        gate.Gate.KernelSums(op, to);
    }

    private static void Select(RouteOptions gate, Op op, string chosen, SourceWriter to)
    {
        if (gate.HasChoice)
        {
            to.Line(
                (gate.HasBias ? "// selection looks at s + b, the weights do not" : "// selection may close groups, the weights look at s")
                + (gate.IsGroupLimited ? $": the {gate.TopGroups} best of {gate.Groups} groups stay, the others become −∞" : string.Empty));
        }

        var bias = gate.HasBias ? ", bias" : string.Empty;
        var groups = gate.IsGroupLimited ? $", groups: {gate.Groups}, keep: {gate.TopGroups}, bestOfGroup: {gate.BestOfGroup}" : string.Empty;
        to.Line($"Selection.TopK(first, last, {Out(op, 2)}, {chosen}{bias}{groups});", "ties go to the lower index");
    }

    private static void Weigh(RouteOptions gate, Op op, string chosen, SourceWriter to)
    {
        var (weights, experts, scale) = (Out(op, 0), Out(op, 1), Literals.Number(gate.Scale));
        to.Line(
            $"RoutingWeights.{(gate.Normalize ? "Normalized" : "Raw")}(first, last, {Out(op, 2)}, {chosen}, {scale}, {weights});",
            $"weight_k = {gate.Factor}s_k{(gate.Normalize ? " / Σ s of the selected" : string.Empty)}");
        if (chosen != experts)
        {
            to.Line();
            using (to.Block("for (var t = first; t < last; t++)"))
            {
                to.Line(
                    $"RandomSecond.Keep(second, t, {scale}, {chosen}.Row(t), {weights}.Row(t), {experts}.Row(t));",
                    "the second: with probability min(1, 2·its share), else −1 and weight 0");
            }
        }
    }

    /// <summary>A number an expert, on the stack unless they are many: a worker's stack is small.</summary>
    private static string PerExpert(string name, RouteOptions gate) =>
        $"Span<T> {name} = {(gate.Count <= MostOnStack ? "stackalloc" : "new")} T[{gate.Count}];";
}
