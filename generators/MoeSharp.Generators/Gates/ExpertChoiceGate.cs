using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;
using Kernels = MoeSharp.Generators.Emission.Kernels.KernelOps;
using Torch = MoeSharp.Generators.Emission.Torch.TorchOpTable;

namespace MoeSharp.Generators.Gates;

/// <summary>
/// <c>s = softmax(E·u)</c>, and each expert takes its <c>⌊C·T/N⌋</c> best of the batch's T tokens (arXiv 2202.09368): slot e of a token is expert e, or −1 where it does
/// not take the token. Weights are the raw scores.
/// </summary>
internal sealed class ExpertChoiceGate : SoftmaxGate
{
    public override GateKind Kind => GateKind.ExpertChoice;

    public override IReadOnlyList<string> Common => ["Scale", "Jitter"];

    public override IReadOnlyList<NamedNumber> Own => [new("CapacityFactor", 0)];

    public override string ScoringName => "expert_choice";

    public override bool ChoosesTokens => true;

    public override IReadOnlyList<Rule> Rules =>
    [
        new("MOE0217", "Gate", "Kind", m => m.IsLayer ? null : []),
        new("MOE0218", "Gate", "CapacityFactor", m => m.Declares("Gate.CapacityFactor") && m.Experts is { Count: > 0 } e
            && !(IsPositive(m.Gate["CapacityFactor"]) && m.Gate["CapacityFactor"] < e.Count)
            ? [m.Gate["CapacityFactor"], e.Count]
            : null),
        new("MOE0221", "BalanceBias", "", m => m.BalanceBias is null ? null : ["BalanceBias"]),
        new("MOE0221", "Capacity", "", m => m.Capacity is null ? null : ["Capacity"]),
        new("MOE0221", "DeviceCapacity", "", m => m.DeviceCapacity is null ? null : ["DeviceCapacity"]),
        .. LoadLosses.Select(word => new Rule("MOE0221", word, "", m => m.BalanceLosses.Any(loss => loss.Word == word) ? [word] : null)),
    ];

    /// <summary>What looks at an expert's load, which is even by construction; the loss on the size of logits means something here too.</summary>
    private static IEnumerable<string> LoadLosses => Spec.Balance.BalanceTable.All.Select(row => row.Word).Where(word => word != "RouterZLoss");

    public override int Slots(ModelSpec spec) => spec.Experts!.Count;

    public override int PairsPerToken(ModelSpec spec) => (int)Math.Ceiling(ActiveExperts(spec));

    public override double ActiveExperts(ModelSpec spec) => spec.Gate["CapacityFactor"] is > 0 and var given ? given : spec.Experts!.Active;

    public override double Constant(ModelSpec spec, string option) => ActiveExperts(spec);

    public override void KernelChoose(Op op, SourceWriter to)
    {
        var (weights, experts, scores) = (Kernels.Out(op, 0), Kernels.Out(op, 1), Kernels.Out(op, 2));
        to.Line($"// every expert takes its {Share(op)} best of the T tokens that are no padding; ties go to the lower token");
        to.Line($"ExpertChoice.Select(pass, {scores}, capacity: {Literals.Number(op["capacity_factor"])}, {experts});", "slot e of a token is expert e, or −1");
        Emission.Kernels.KernelLoad.Begin(op, to);
        to.Line($"// {(RouteOptions.Counts(op) ? "fused: weights and load" : "the weights")} of a token in one pass over its scores");
        using (to.Block($"workers.For(pass.Tokens, {Emission.Kernels.KernelRoute.Grain}, (first, last) =>", "});"))
        {
            using (to.Block("for (var t = first; t < last; t++)"))
            {
                to.Line(
                    $"RoutingWeights.Raw<T>({scores}.Row(t), {experts}.Row(t), {Literals.Number(op["scale"])}, {weights}.Row(t));",
                    $"weight_e = {RouteOptions.Of(op).Factor}s_e, 0 where e did not take the token");
            }

            Emission.Kernels.KernelLoad.Add(op, to);
        }
    }

    public override void TorchChoose(Op op, SourceWriter to)
    {
        var (weights, experts, scores) = (Torch.Out(op, 0), Torch.Out(op, 1), Torch.Out(op, 2));
        to.Line($"// every expert takes its {Share(op)} best of the T tokens that are no padding; ties go to the lower token");
        to.Line($"var {experts} = TorchGates.ChooseTokens(pass, {scores}, capacity: {Literals.Number(op["capacity_factor"])});", "slot e of a token is expert e, or −1");
        to.Line(
            $"var {weights} = ({scores} * Scalars.Of({Literals.Number(op["scale"])})).masked_fill({experts}.lt(Scalars.Zero), Scalars.Zero);",
            op.Outputs[0].Shape.ToString());
    }

    private static string Share(Op op) => $"⌊{Literals.Number(op["capacity_factor"])}·T/{op.Int("count")}⌋";
}
