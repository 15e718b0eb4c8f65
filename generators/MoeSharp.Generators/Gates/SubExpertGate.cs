using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Lowering;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// Dynamic specialised routing: m logits an expert, <c>p = softmax</c> over the m of an expert or over all N·m, and <c>s_i = max_j p_ij</c> or their mean. An
/// expert's rows of the router lie side by side.
/// </summary>
internal sealed class SubExpertGate : SoftmaxGate
{
    public override GateKind Kind => GateKind.SubExpert;

    public override IReadOnlyList<NamedNumber> Own =>
    [
        new("SubScores", 2),
        new("SubScoreSoftmax", (double)SubScoreSoftmax.PerExpert),
        new("SubScoreMerge", (double)SubScoreMerge.Maximum),
    ];

    public override string ScoringName => "sub_expert";

    public override bool SumsToOne => false;

    public override bool HasOneLogit => false;

    public override IReadOnlyList<Rule> Rules =>
    [
        new("MOE0215", "Gate", "SubScores", m => m.Gate["SubScores"] < 2 ? [(int)m.Gate["SubScores"]] : null),
        new("MOE0216", "Gate", "SubScoreMerge", m => IsConstant(m.Gate) ? [(int)m.Gate["SubScores"]] : null),
    ];

    public override Op Lower(GateLowering gate)
    {
        var size = (int)gate.Spec.Gate["SubScores"];
        return gate.Route([Logits(gate, size)], FunctionBuilder.Rows("sub_scores", gate.Count * size));
    }

    public override IReadOnlyList<Value> Kept(Op op) => [op.Outputs[3]];

    public override void KernelScore(Op op, SourceWriter to)
    {
        var (logits, p, size) = (Kernels.In(op, 0), Kernels.Out(op, 3), op.Int("sub_scores"));
        using (to.Block("for (var t = first; t < last; t++)"))
        {
            to.Line($"var p = {p}.Row(t);");
            if (IsOverAll(op))
            {
                to.Line($"Scores.Softmax({logits}.Row(t), p);", "p = softmax(logits) over all sub-scores");
            }
            else
            {
                to.Line($"SubScores.Softmax({logits}.Row(t), size: {size}, p);", $"p = softmax(logits) over each expert's {size}");
            }

            to.Line($"SubScores.{Merge(op)}(p, {Kernels.Out(op, 2)}.Row(t));", Merge(op) == SubScoreMerge.Mean ? $"s_i = Σ_j p_ij / {size}" : "s_i = max_j p_ij");
        }

        to.Line();
    }

    public override void KernelScoreBackward(Op op, SourceWriter to)
    {
        var (p, dLogits, size) = (Kernels.In(op, 3), Kernels.Out(op, 0), op.Int("sub_scores"));
        if (Merge(op) == SubScoreMerge.Mean)
        {
            to.Line($"SubScores.MeanBackward(dS, {dLogits}.Row(t));", $"dP_ij = dS_i / {size}");
        }
        else
        {
            to.Line($"SubScores.MaximumBackward(dS, {p}.Row(t), {dLogits}.Row(t));", "dP of the greatest is dS_i");
        }

        to.Line(
            IsOverAll(op) ? $"Scores.SoftmaxBackward({p}.Row(t), {dLogits}.Row(t));" : $"SubScores.SoftmaxBackward({p}.Row(t), size: {size}, {dLogits}.Row(t));",
            "p·(dP − Σ dP·p)");
    }

    public override void TorchScore(Op op, SourceWriter to)
    {
        var (logits, p, count, shape) = (Torch.In(op, 0), Torch.Out(op, 3), op.Int("count"), op.Outputs[3].Shape.ToString());
        to.Line(IsOverAll(op) ? $"var {p} = {logits}.softmax(-1);" : $"var {p} = {logits}.view(-1, {count}, {op.Int("sub_scores")}).softmax(-1).view({logits}.shape);", shape);
        Assign(op, Merge(op) == SubScoreMerge.Mean ? $"{p}.view(-1, {count}, {op.Int("sub_scores")}).mean([-1])" : $"TorchGates.Greatest({p}, {count}).Scores", to);
    }

    public override void TorchScoreBackward(Op op, SourceWriter to)
    {
        var (p, dLogits, count, size) = (Torch.In(op, 3), Torch.Out(op, 0), op.Int("count"), op.Int("sub_scores"));
        to.Line($"var grouped = {p}.view(-1, {count}, {size});", $"[tokens, {count}, {size}]");
        to.Line(
            Merge(op) == SubScoreMerge.Mean
                ? $"var dGrouped = (dScores / Scalars.Of({size})).unsqueeze(-1).expand_as(grouped);"
                : $"var dGrouped = zeros_like(grouped).scatter(2, TorchGates.Greatest({p}, {count}).Best, dScores.unsqueeze(-1));",
            Merge(op) == SubScoreMerge.Mean ? $"dP_ij = dS_i / {size}" : "dP of the greatest is dS_i");
        var (of, over, by) = IsOverAll(op) ? (p, "dSubScores", p) : ("grouped", "dGrouped", "grouped");
        if (IsOverAll(op))
        {
            to.Line($"var dSubScores = dGrouped.reshape({p}.shape);", op.Outputs[0].Shape.ToString());
        }

        to.Line($"var {dLogits} = ({of} * ({over} - ({over} * {by}).sum(-1, true))).view({p}.shape);", op.Outputs[0].Shape.ToString());
    }

    /// <summary>The mean of m numbers that sum to one is 1/m whatever they are.</summary>
    private static bool IsConstant(GateSpec gate) =>
        gate["SubScoreMerge"] == (double)SubScoreMerge.Mean && gate["SubScoreSoftmax"] == (double)SubScoreSoftmax.PerExpert;

    private static bool IsOverAll(Op op) => op.Int("sub_score_softmax") == (int)SubScoreSoftmax.All;

    private static SubScoreMerge Merge(Op op) => (SubScoreMerge)op.Int("sub_score_merge");
}
