using System.Linq;
using MoeSharp.Generators.Emission.Balance;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec.Balance;
using static MoeSharp.Generators.Emission.Kernels.KernelOps;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>
/// The balance losses in the gate's region on the CPU. The gate calls these where its own passes are at the right place; where no loss is declared
/// they write nothing.
/// </summary>
internal static class KernelBalance
{
    /// <summary>Forward, before the gate's pass: what is to be measured in it.</summary>
    public static void Begin(Op op, string experts, string scores, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        var shares = !RouteOptions.Of(op).Gate.SumsToOne;
        to.Line("// the balance losses' counts and sums, kept for backward");
        string[] arguments = ["pass", "sparseLayer", $"grain: {KernelRoute.Grain}", experts, scores, $"shares: {Literals.Bool(shares)}", .. losses.Measured(op, Emission.Names.Of)];
        to.Wrapped("var sums = Balance.Begin(", arguments, ");");
    }

    /// <summary>Forward, in the gate's pass, at the end of a task.</summary>
    public static void Add(Op op, SourceWriter to)
    {
        if (BalanceParts.Of(op).Any)
        {
            to.Line("sums?.Add(first, last);", "c_i, Σ_t s_i and what else the losses are functions of");
        }
    }

    /// <summary>Forward, after the gate's pass: reports every loss.</summary>
    public static void Report(Op op, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        using (to.Block("if (sums is not null)"))
        {
            to.Line("// the balance losses, each reported before its weight");
            to.Line("var report = sums.Report();");
            foreach (var loss in losses.All)
            {
                to.Line(loss.Value, loss.Row.Equation);
            }
        }
    }

    /// <summary>Backward, before the gate's pass: what a token receives.</summary>
    public static void BeforeTokens(Op op, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        to.Line("// the balance losses: what a counted token receives; counts carry no gradient");
        to.Line("var received = default(TokenGradient<T>);");
        using (to.Block("if (pass.Training)"))
        {
            to.Line("var balance = pass.BalanceGradient(sparseLayer);");
            foreach (var loss in losses.All)
            {
                to.Line(loss.Slope, loss.Row.Equation);
            }

            to.Line("received = balance.As<T>(pass.Sequence);");
        }

        to.Line();
    }

    /// <summary>Backward, for a token <c>t</c>, before the gradient of its weights is used.</summary>
    public static void OnWeights(Op op, string experts, string dWeights, SourceWriter to) =>
        ForToken(op, BalancePath.Weights, $"Balance.WeightBackward(received.Weights, {experts}.Row(t), {dWeights}.Row(t));", to);

    /// <summary>Backward, for a token <c>t</c>, where <c>dS</c> is the gradient of its scores.</summary>
    public static void OnScores(Op op, bool shares, SourceWriter to) => ForToken(
        op, BalancePath.Scores, shares ? "Balance.ShareBackward(s, received.Scores(t), dS);" : "Balance.ScoreBackward(received.Scores(t), dS);", to);

    /// <summary>Backward, for a token <c>t</c>, after the gradient of its logits is there.</summary>
    public static void OnLogits(Op op, string dLogits, SourceWriter to)
    {
        if (BalanceParts.Of(op).Reach(BalancePath.Logits))
        {
            ForToken(op, BalancePath.Logits, $"RouterZLoss.Backward({Read(op, "logits")}.Row(t), received.SquaredLogSumExp, {dLogits}.Row(t));", to);
        }

        if (BalanceParts.Of(op).Reach(BalancePath.Noise))
        {
            using (to.Block("if (pass.Training && pass.IsCounted(t))"))
            {
                string[] rows = [$"{Read(op, "logits")}.Row(t)", $"{Read(op, "noise_logits")}.Row(t)", $"{Read(op, "noise")}.Row(t)"];
                to.Wrapped("NoisyLoad.Backward<T>(", [.. rows, $"{op.Int("active")}", "received.Loads", $"{dLogits}.Row(t)", $"{Out(op, 1)}.Row(t)"], ");");
            }
        }
    }

    private static string Read(Op op, string name) => Emission.Names.Of(op.Inputs.First(value => value.Name == name));

    private static void ForToken(Op op, BalancePath path, string statement, SourceWriter to)
    {
        if (BalanceParts.Of(op).Reach(path))
        {
            using (to.Block("if (pass.Training && pass.IsCounted(t))"))
            {
                to.Line(statement);
            }
        }
    }
}
