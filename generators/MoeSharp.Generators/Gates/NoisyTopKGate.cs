using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Lowering;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// <c>H = E·u + ε ⊙ softplus(E_noise·u)</c>, ε ~ N(0, 1) in training only, and the softmax over the top K of H (Shazeer 2017, arXiv 1701.06538 eq. 3–5): the
/// softmax over all of H, normalised over the selected, is the same. Both matrices start at zero, as there (appendix A): no signal, and some noise.
/// </summary>
internal sealed class NoisyTopKGate : SoftmaxGate
{
    public override GateKind Kind => GateKind.NoisyTopK;

    public override IReadOnlyList<string> Common => ["Groups", "TopGroups", "GroupScore", "Scale", "Jitter"];

    public override IReadOnlyList<NamedNumber> Own => [];

    public override string ScoringName => "noisy_top_k";

    public override bool NormalizesByDefault => true;

    public override IReadOnlyList<Rule> Rules => [new("MOE0214", "Gate", "Kind", m => m.Experts is { Count: > 0 } e && e.Active == e.Count ? [e.Count] : null)];

    public override Op Lower(GateLowering gate)
    {
        var router = gate.Matrix("w_router", "weight", gate.Count, gate.Input.Shape.Columns, Initial.Zeros);
        var noise = gate.Matrix("w_router_noise", "noise.weight", gate.Count, gate.Input.Shape.Columns, Initial.Zeros);
        var logits = gate.Product("logits", gate.Input, router, "the router");
        var amplitude = gate.Product("noise_logits", gate.Input, noise, "how much noise");
        return gate.Route([logits, amplitude], FunctionBuilder.Rows("noise", gate.Count));
    }

    public override IReadOnlyList<Value> Kept(Op op) => [op.Inputs[1], op.Outputs[3]];

    public override void KernelPrepare(Op op, SourceWriter to)
    {
        to.Line("// ε ~ N(0, 1), a number a token and expert: from the module's seed and this pass; 0 in evaluation and for padding");
        to.Line("var random = pass.Random(sparseLayer, GateStream.Noise);");
        to.Line();
    }

    public override void KernelScore(Op op, SourceWriter to)
    {
        var (logits, amplitude, noise, scores) = (Kernels.In(op, 0), Kernels.In(op, 1), Kernels.Out(op, 3), Kernels.Out(op, 2));
        using (to.Block("for (var t = first; t < last; t++)"))
        {
            to.Line($"random.Normal(t, {noise}.Row(t));", "ε");
            to.Line($"NoisyScores.Softplus({logits}.Row(t), {amplitude}.Row(t), {noise}.Row(t), {scores}.Row(t));", $"H = {logits} + ε ⊙ softplus({amplitude})");
        }

        to.Line();
        to.Line($"Scores.Softmax(first, last, {scores}, {scores});", "s = softmax(H)");
    }

    public override void KernelScoreBackward(Op op, SourceWriter to)
    {
        base.KernelScoreBackward(op, to);
        to.Line(
            $"NoisyScores.SoftplusBackward(dS, {Kernels.In(op, 3)}.Row(t), {Kernels.In(op, 4)}.Row(t), {Kernels.Out(op, 1)}.Row(t));",
            $"dH ⊙ ε ⊙ σ({Kernels.In(op, 3)})");
    }

    public override void TorchScore(Op op, SourceWriter to)
    {
        var (logits, amplitude, noise) = (Torch.In(op, 0), Torch.In(op, 1), Torch.Out(op, 3));
        to.Line($"var {noise} = TorchGates.Normal(pass, sparseLayer, {op.Int("count")}, {logits});", "ε ~ N(0, 1); 0 in evaluation and for padding");
        to.Line($"var noisy = {logits} + {noise} * {amplitude}.softplus();", $"H = {logits} + ε ⊙ softplus({amplitude})");
        Assign(op, "noisy.softmax(-1)", to);
    }

    public override void TorchScoreBackward(Op op, SourceWriter to)
    {
        TorchSoftmaxBackward(op, to);
        to.Line($"var {Torch.Out(op, 1)} = {Torch.Out(op, 0)} * {Torch.In(op, 4)} * {Torch.In(op, 3)}.sigmoid();", $"dH ⊙ ε ⊙ σ({Torch.In(op, 3)})");
    }
}
