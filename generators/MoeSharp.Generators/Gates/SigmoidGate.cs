using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary><c>s = σ(E·u)</c>, selected by <c>s + b</c>, weighed by <c>s / Σ s</c> of the selected (DeepSeek-V3, arXiv 2412.19437 eq. 12–16).</summary>
internal sealed class SigmoidGate : SoftmaxGate
{
    public override GateKind Kind => GateKind.Sigmoid;

    public override IReadOnlyList<Spec.NamedNumber> Own => [];

    public override IReadOnlyList<Passes.Rules.Rule> Rules => [];

    public override string ScoringName => "sigmoid";

    public override bool SumsToOne => false;

    public override bool NormalizesByDefault => true;

    public override void KernelScore(Op op, SourceWriter to) =>
        to.Line($"Scores.Sigmoid(first, last, {Kernels.In(op, 0)}, {Kernels.Out(op, 2)});", "s = σ(logits)");

    public override void KernelScoreBackward(Op op, SourceWriter to) => to.Line("Scores.SigmoidBackward(s, dS);", "dS·s·(1 − s)");

    public override void TorchScore(Op op, SourceWriter to) => Assign(op, $"{Torch.In(op, 0)}.sigmoid()", to);

    public override void TorchScoreBackward(Op op, SourceWriter to) => to.Line(
        $"var {Torch.Out(op, 0)} = dScores * {Torch.In(op, 1)} * (Scalars.One - {Torch.In(op, 1)});", op.Outputs[0].Shape.ToString());
}
