using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Lowering;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// <c>s = softmax(E2·gelu(E1·u))</c>; with learned noise <c>s = softmax(E2·gelu(E1·u) + ε ⊙ n)</c>, ε ~ N(0, 1) a token and expert in training only, n a learned
/// number an expert that starts at 0.
/// </summary>
internal sealed class TwoLayerGate : SoftmaxGate
{
    public override GateKind Kind => GateKind.TwoLayer;

    public override IReadOnlyList<NamedNumber> Own => [new("Hidden", 0), new("LearnedNoise", 0)];

    public override string ScoringName => "two_layer";

    public override IReadOnlyList<Rule> Rules =>
    [
        Numbers.Positive("Gate", "Hidden", m => (int)m.Gate["Hidden"]),
        new("MOE0214", "Gate", "LearnedNoise", m => m.Gate["LearnedNoise"] == 1 && m.Experts is { Count: > 0 } e && e.Active == e.Count ? [e.Count] : null),
    ];

    public override Op Lower(GateLowering gate)
    {
        var hidden = gate.Spec.Gate["Hidden"] is > 0 and var given ? (int)given : gate.Count;
        var first = gate.Matrix("w_router_1", "fc1.weight", hidden, gate.Input.Shape.Columns);
        var second = gate.Matrix("w_router_2", "fc2.weight", gate.Count, hidden);
        var z = gate.Product("z_gate", gate.Input, first, "the router's first layer");
        var a = gate.Function.Append(new Op(OpNames.Gelu, [z], [FunctionBuilder.Rows("a_gate", hidden)]));
        if (gate.Spec.Gate["LearnedNoise"] == 0)
        {
            return gate.Route([gate.Product("logits", a, second, "its second")]);
        }

        var noise = gate.Vector("w_router_noise", "noise");
        return gate.Route([gate.Product("logits", a, second, "its second"), noise], FunctionBuilder.Rows("noise", gate.Count));
    }

    public override IReadOnlyList<Value> Kept(Op op) => IsNoisy(op) ? [op.Outputs[3]] : [];

    public override IReadOnlyList<Value> BackwardRoom(Op op) => IsNoisy(op) ? [FunctionBuilder.Rows("d_noise", op.Int("count"))] : [];

    public override void KernelPrepare(Op op, SourceWriter to)
    {
        if (IsNoisy(op))
        {
            to.Line("// ε ~ N(0, 1), a number a token and expert: from the module's seed and this pass; 0 in evaluation and for padding");
            to.Line("var random = pass.Random(sparseLayer, GateStream.Noise);");
            to.Line();
        }
    }

    public override void KernelScore(Op op, SourceWriter to)
    {
        if (!IsNoisy(op))
        {
            base.KernelScore(op, to);
            return;
        }

        var (logits, noise, scores) = (Kernels.In(op, 0), Kernels.Out(op, 3), Kernels.Out(op, 2));
        using (to.Block("for (var t = first; t < last; t++)"))
        {
            to.Line($"random.Normal(t, {noise}.Row(t));", "ε");
            to.Line($"NoisyScores.Vector({logits}.Row(t), {Kernels.In(op, 1)}, {noise}.Row(t), {scores}.Row(t));", $"H = {logits} + ε ⊙ n");
        }

        to.Line();
        to.Line($"Scores.Softmax(first, last, {scores}, {scores});", "s = softmax(H)");
    }

    public override void KernelScoreBackward(Op op, SourceWriter to)
    {
        base.KernelScoreBackward(op, to);
        if (IsNoisy(op))
        {
            to.Line($"NoisyScores.VectorBackward<T>(dS, {Kernels.In(op, 3)}.Row(t), {Room(op)}.Row(t));", "dH ⊙ ε");
        }
    }

    public override void KernelSums(Op op, SourceWriter to)
    {
        if (IsNoisy(op))
        {
            to.Line($"// {Emission.Names.Symbol(op.Outputs[1])} += Σ_t {Room(op)}");
            to.Line($"NoisyScores.VectorGradient(workers, {Room(op)}, {Kernels.Out(op, 1)});");
        }
    }

    public override void TorchScore(Op op, SourceWriter to)
    {
        if (!IsNoisy(op))
        {
            base.TorchScore(op, to);
            return;
        }

        var (logits, noise) = (Torch.In(op, 0), Torch.Out(op, 3));
        to.Line($"var {noise} = TorchGates.Normal(pass, sparseLayer, {op.Int("count")}, {logits});", "ε ~ N(0, 1); 0 in evaluation and for padding");
        to.Line($"var noisy = {logits} + {noise} * TorchOps.Wide({Torch.In(op, 1)});", $"H = {logits} + ε ⊙ n");
        Assign(op, "noisy.softmax(-1)", to);
    }

    public override void TorchScoreBackward(Op op, SourceWriter to)
    {
        TorchSoftmaxBackward(op, to);
        if (IsNoisy(op))
        {
            to.Line($"{Torch.Out(op, 1)}.add_(({Torch.Out(op, 0)} * {Torch.In(op, 3)}).sum(dim: 0).to({Torch.Out(op, 1)}.dtype));");
        }
    }

    private static string Room(Op op) => Emission.Names.Of(op.Workspace[0]);

    private static bool IsNoisy(Op op) => op.Int("learned_noise") == 1;
}
