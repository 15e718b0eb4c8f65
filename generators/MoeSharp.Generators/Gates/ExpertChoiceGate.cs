using System.Linq;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Rules;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

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

    public override IReadOnlyList<Rule> Rules =>
    [
        new("MOE0217", "Gate", "Kind", m => m.IsLayer ? null : []),
        new("MOE0218", "Gate", "CapacityFactor", m => m.Declares("Gate.CapacityFactor") && m.Experts is { Count: > 0 } e
            && !(IsPositive(m.Gate["CapacityFactor"]) && m.Gate["CapacityFactor"] < e.Count)
            ? [m.Gate["CapacityFactor"], e.Count]
            : null),
        new("MOE0221", "BalanceBias", "", m => m.BalanceBias is null ? null : ["BalanceBias"]),
        .. BalanceWords.Select(word => new Rule("MOE0221", word, "", m => m.Declares(word) ? [word] : null)),
    ];

    /// <summary>The losses over an expert's load, which is even by construction; that on the size of logits means something here too.</summary>
    private static IEnumerable<string> BalanceWords => Spec.Balance.BalanceTable.All.Select(row => row.Word).Where(word => word != "RouterZLoss");

    public override int Slots(ModelSpec spec) => spec.Experts!.Count;

    public override int PairsPerToken(ModelSpec spec) => (int)Math.Ceiling(ActiveExperts(spec));

    public override double ActiveExperts(ModelSpec spec) => spec.Gate["CapacityFactor"] is > 0 and var given ? given : spec.Experts!.Active;

    public override Op Lower(GateLowering gate)
    {
        var op = gate.Route([Logits(gate)]);
        return op;
    }
}
