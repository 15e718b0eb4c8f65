using MoeSharp.Generators.Ir;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>The gate's region on the CPU: one pass over the logits of a token forward, one backward, with the declared gate's steps and no others.</summary>
internal static class KernelRoute
{
    /// <summary>Tokens a task.</summary>
    private const int Grain = 64;

    /// <summary>Elements that a task takes from the stack.</summary>
    private const int MostOnStack = 1024;

    public static void Forward(Op op, SourceWriter to)
    {
        var gate = RouteOptions.Of(op);
        var (logits, weights, experts, scores) = (In(op, 0), Out(op, 0), Out(op, 1), Out(op, 2));
        if (gate.HasBias)
        {
            to.Line();
            to.Line("// the balance bias b");
            to.Line("var bias = pass.BalanceBias(sparseLayer);", $"[{gate.Count}]");
            to.Line();
        }

        to.Line("// fused: score, selection and weights of a token in one pass over its logits");
        using (to.Block($"workers.For(pass.Tokens, {Grain}, (first, last) =>", "});"))
        {
            if (gate.HasChoice)
            {
                to.Line(PerExpert("choice", gate));
            }

            using (to.Block("for (var t = first; t < last; t++)"))
            {
                to.Line($"var s = {scores}.Row(t);");
                to.Line($"Scores.{gate.Kind}({logits}.Row(t), s);", gate.Kind == GateKind.Sigmoid ? "s = σ(logits)" : "s = softmax(logits)");
                Select(gate, experts, to);
                Weigh(gate, weights, experts, to);
            }
        }

        using (to.Block("if (pass.Training)"))
        {
            to.Line($"pass.Routing.Count(sparseLayer, {experts}, {scores});", "the load: for the balance bias, and reported");
            KernelBalance.Report(op, experts, scores, IsShared(gate), to);
        }
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
            using (to.Block("for (var t = first; t < last; t++)"))
            {
                to.Line($"var s = {scores}.Row(t);");
                to.Line($"var dS = {dLogits}.Row(t);");
                to.Line("dS.Clear();", "an expert that was not selected gets nothing");
                KernelBalance.OnWeights(op, experts, dWeights, to);
                to.Line(gate.Normalize
                    ? $"RoutingWeights.NormalizedBackward({dWeights}.Row(t), s, {experts}.Row(t), {Literals.Number(gate.Scale)}, dS);"
                    : $"RoutingWeights.Backward({dWeights}.Row(t), {experts}.Row(t), {Literals.Number(gate.Scale)}, dS);");
                KernelBalance.OnScores(op, IsShared(gate), to);
                to.Line($"Scores.{gate.Kind}Backward(s, dS);", gate.Kind == GateKind.Sigmoid ? "dS·s·(1 − s)" : "s·(dS − Σ dS·s)");
                KernelBalance.OnLogits(op, dLogits, to);
            }
        }
    }

    private static void Select(RouteOptions gate, string experts, SourceWriter to)
    {
        if (!gate.HasChoice)
        {
            to.Line($"TopK.Select<T>(s, {experts}.Row(t));", "ties go to the lower index");
            return;
        }

        to.Line(gate.HasBias
            ? "TensorPrimitives.Add<T>(s, bias.Row(0), choice);"
            : "s.CopyTo(choice);", gate.HasBias ? "selection looks at s + b; the weights do not" : "selection may close groups; the weights look at s");
        if (gate.IsGroupLimited)
        {
            to.Line(
                $"GroupLimit.{(gate.HasBias ? "SumOfTwoBest" : "Best")}(choice, groups: {gate.Groups}, keep: {gate.TopGroups});",
                $"the {gate.TopGroups} best of {gate.Groups} groups stay; the others become −∞");
        }

        to.Line($"TopK.Select<T>(choice, {experts}.Row(t));", "ties go to the lower index");
    }

    private static void Weigh(RouteOptions gate, string weights, string experts, SourceWriter to)
    {
        var scale = Literals.Number(gate.Scale);
        to.Line(
            $"RoutingWeights.{(gate.Normalize ? "Normalized" : "Raw")}(s, {experts}.Row(t), {scale}, {weights}.Row(t));",
            $"weight_k = {(gate.Scale == 1 ? string.Empty : scale + "·")}s_k{(gate.Normalize ? " / Σ s of the selected" : string.Empty)}");
    }

    /// <summary>Whether an expert's share of a token is its score over their sum, because scores do not sum to one.</summary>
    private static bool IsShared(RouteOptions gate) => gate.Kind == GateKind.Sigmoid;

    /// <summary>A number an expert, on the stack unless they are many: a worker's stack is small.</summary>
    private static string PerExpert(string name, RouteOptions gate) =>
        $"Span<T> {name} = {(gate.Count <= MostOnStack ? "stackalloc" : "new")} T[{gate.Count}];";
}
