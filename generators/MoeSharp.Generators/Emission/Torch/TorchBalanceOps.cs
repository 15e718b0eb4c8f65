using System.Linq;
using MoeSharp.Generators.Emission.Balance;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec.Balance;
using static MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Emission.Torch;

/// <summary>The balance losses in the gate's region in TorchSharp's operations. Where no loss is declared nothing is written.</summary>
internal static class TorchBalanceOps
{
    /// <summary>Forward, in training, after the gate: measures what the gate did and reports every loss.</summary>
    public static void Report(Op op, string experts, string scores, bool shares, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        to.Line();
        to.Line("// the balance losses: counts and sums, kept for backward; each is reported before its weight");
        string[] arguments = ["pass", "sparseLayer", experts, scores, $"shares: {Literals.Bool(shares)}", .. losses.Measured(op, Emission.Names.Of)];
        to.Wrapped("var report = TorchBalance.Measure(", arguments, ");");
        foreach (var loss in losses.All)
        {
            to.Line(loss.Value, loss.Row.Equation);
        }
    }

    /// <summary>Backward, before the gradient of the weights is used.</summary>
    public static void OnWeights(Op op, string experts, string dWeights, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        to.Line("// the balance losses: what a counted token receives; counts carry no gradient");
        to.Line("var balance = pass.Training ? pass.BalanceGradient(sparseLayer) : null;");
        using (to.Block("if (balance is not null)"))
        {
            foreach (var loss in losses.All)
            {
                to.Line(loss.Slope, loss.Row.Equation);
            }

            if (losses.Reach(BalancePath.Weights))
            {
                to.Line($"{dWeights} = {dWeights} + TorchBalance.WeightBackward(pass, {experts}, {dWeights}, balance);");
            }
        }

        to.Line();
    }

    /// <summary>Backward, where <c>dScores</c> is the gradient of the scores.</summary>
    public static void OnScores(Op op, string scores, bool shares, SourceWriter to) => Where(
        op, BalancePath.Scores, $"dScores = dScores + TorchBalance.{(shares ? "Share" : "Score")}Backward(pass, {scores}, balance);", to);

    /// <summary>Backward, after the gradient of the logits is there.</summary>
    public static void OnLogits(Op op, string dLogits, SourceWriter to)
    {
        if (BalanceParts.Of(op).Reach(BalancePath.Logits))
        {
            Where(op, BalancePath.Logits, $"{dLogits} = {dLogits} + TorchBalance.LogitsBackward(pass, {Read(op, "logits")}, balance);", to);
        }

        if (BalanceParts.Of(op).Reach(BalancePath.Noise))
        {
            using (to.Block("if (balance is not null)"))
            {
                string[] tensors = ["pass", Read(op, "logits"), Read(op, "noise_logits"), Read(op, "noise"), $"{op.Int("active")}", "balance"];
                to.Line($"var byLoads = TorchNoisyLoad.Backward({string.Join(", ", tensors)});");
                to.Line($"({dLogits}, {Out(op, 1)}) = ({dLogits} + byLoads.Logits, {Out(op, 1)} + byLoads.Amplitude);");
            }
        }
    }

    private static string Read(Op op, string name) => Emission.Names.Of(op.Inputs.First(value => value.Name == name));

    private static void Where(Op op, BalancePath path, string statement, SourceWriter to)
    {
        if (BalanceParts.Of(op).Reach(path))
        {
            using (to.Block("if (balance is not null)"))
            {
                to.Line(statement);
            }
        }
    }
}
