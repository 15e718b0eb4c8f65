using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// <c>s = softmax(E·u)</c> over all experts (DeepSeekMoE, arXiv 2401.06066 eq. 5). Raw it is DeepSeekMoE's, and with one active expert Switch's (arXiv 2101.03961);
/// normalised Mixtral's (arXiv 2401.04088), and with a random second expert GShard's (arXiv 2006.16668 algorithm 1).
/// </summary>
internal class SoftmaxGate : Gate
{
    public override GateKind Kind => GateKind.Softmax;

    public override IReadOnlyList<NamedNumber> Own => [new("SecondExpert", (double)SecondExpert.Always)];

    public override string ScoringName => "softmax";

    public override IReadOnlyList<Rule> Rules =>
    [
        // Where a recipe set it, MOE0802 says the same of the recipe.
        new("MOE0219", "Gate", "SecondExpert", m => IsRandom(m) && m.Declares("Gate.SecondExpert") && m.Experts is { Active: not 2 and > 0 and var active } ? [active] : null),
        new("MOE0220", "Gate", "Normalize", m => IsRandom(m) && !m.Gate.Normalize ? [] : null),
    ];

    public override Op Lower(GateLowering gate) => gate.Route([Logits(gate)]);

    public override void KernelScore(Op op, SourceWriter to) =>
        to.Line($"Scores.Softmax(first, last, {Kernels.In(op, 0)}, {Kernels.Out(op, 2)});", "s = softmax(logits)");

    public override void KernelScoreBackward(Op op, SourceWriter to) => to.Line("Scores.SoftmaxBackward(s, dS);", "s·(dS − Σ dS·s)");

    public override void TorchScore(Op op, SourceWriter to) => Assign(op, $"{Torch.In(op, 0)}.softmax(-1)", to);

    public override void TorchScoreBackward(Op op, SourceWriter to) => TorchSoftmaxBackward(op, to);

    /// <summary>The router's product, and its weight before it.</summary>
    protected static Value Logits(GateLowering gate, int perExpert = 1, Initial initial = Initial.Normal) => gate.Product(
        "logits", gate.Input, gate.Matrix("w_router", "weight", gate.Count * perExpert, gate.Input.Shape.Columns, initial), "the router");

    /// <summary>A statement that makes the scores.</summary>
    protected static void Assign(Op op, string scores, SourceWriter to) => to.Line($"var {Torch.Out(op, 2)} = {scores};", op.Outputs[2].Shape.ToString());

    /// <summary>The gradient of what the softmax was taken of.</summary>
    protected static void TorchSoftmaxBackward(Op op, SourceWriter to) => to.Line(
        $"var {Torch.Out(op, 0)} = {Torch.In(op, 1)} * (dScores - (dScores * {Torch.In(op, 1)}).sum(-1, true));", op.Outputs[0].Shape.ToString());

    private static bool IsRandom(ModelSpec m) => m.Gate["SecondExpert"] == (double)SecondExpert.Random;
}
