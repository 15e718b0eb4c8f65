using System.Linq;
using MoeSharp.Generators.Emission.Balance;
using MoeSharp.Generators.Ir;

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

        string[] arguments = ["pass", "sparseLayer", experts, scores, $"shares: {Literals.Bool(shares)}", .. losses.Measured()];
        to.Line($"var report = TorchBalance.Measure({string.Join(", ", arguments)});", "kept for backward");
        foreach (var loss in losses.All)
        {
            to.Line(loss.Value, loss.Row.Equation);
        }
    }

    /// <summary>Backward, where <c>dScores</c> is the gradient of the scores.</summary>
    public static void OnScores(Op op, string scores, bool shares, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        to.Line();
        to.Line("// the balance losses: what every expert's mean score P_i receives; counts carry no gradient");
        using (to.Block("if (pass.Training)"))
        {
            to.Line("var dP = pass.BalanceGradient(sparseLayer);");
            foreach (var loss in losses.All)
            {
                to.Line(loss.Slope, loss.Row.Equation);
            }

            to.Line($"dScores = dScores + TorchBalance.{(shares ? "Share" : "Score")}Backward(pass, {scores}, dP);");
        }
    }
}
