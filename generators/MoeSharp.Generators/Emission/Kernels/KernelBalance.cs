using System.Linq;
using MoeSharp.Generators.Emission.Balance;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>
/// The balance losses in the gate's region on the CPU. The gate calls these where its own passes are at the right place; where no loss is declared
/// they write nothing.
/// </summary>
internal static class KernelBalance
{
    /// <summary>Forward, in training, after the gate's pass: measures what the gate did and reports every loss.</summary>
    public static void Report(Op op, string experts, string scores, bool shares, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        string[] arguments = ["pass", "sparseLayer", experts, scores, $"shares: {Literals.Bool(shares)}", .. losses.Measured()];
        to.Line($"var report = Balance.Measure({string.Join(", ", arguments)});", "kept for backward");
        foreach (var loss in losses.All)
        {
            to.Line(loss.Value, loss.Row.Equation);
        }
    }

    /// <summary>Backward, before the gate's pass: what the mean score of every expert receives.</summary>
    public static void BeforeTokens(Op op, SourceWriter to)
    {
        var losses = BalanceParts.Of(op);
        if (!losses.Any)
        {
            return;
        }

        to.Line("// the balance losses: what every expert's mean score P_i receives; counts carry no gradient");
        to.Line("var load = default(Rows<T>);");
        using (to.Block("if (pass.Training)"))
        {
            to.Line("var dP = pass.BalanceGradient(sparseLayer);");
            foreach (var loss in losses.All)
            {
                to.Line(loss.Slope, loss.Row.Equation);
            }

            to.Line("load = dP.As<T>(pass.Sequence);");
        }

        to.Line();
    }

    /// <summary>Backward, for a token, where <c>dS</c> is the gradient of its scores.</summary>
    public static void OnScores(Op op, bool shares, SourceWriter to)
    {
        if (BalanceParts.Of(op).Any)
        {
            using (to.Block("if (pass.Training && pass.IsCounted(t))"))
            {
                to.Line(shares ? "Balance.ShareBackward(s, load[t], dS);" : "Balance.ScoreBackward(load[t], dS);");
            }
        }
    }
}
