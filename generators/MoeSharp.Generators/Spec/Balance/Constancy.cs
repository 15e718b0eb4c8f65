using System.Linq;

namespace MoeSharp.Generators.Spec.Balance;

/// <summary>
/// What makes a balance loss one number whatever the router says. Most are <c>Σ_i f_i·P_i</c>, and the mean scores P sum to one: where the counts f cannot
/// differ, the loss is f.
/// </summary>
internal static class Constancy
{
    /// <summary>Mean scores, or weights, of one expert have no spread, and its share of the scores is 1.</summary>
    public static string? OfOneExpert(ModelSpec spec, BalanceLossSpec loss) => spec.Experts!.Count == 1 ? "there is one expert" : null;

    /// <summary>Of an expert's tokens, chosen by the gate, by the unbiased scores or by the noise drawn anew.</summary>
    public static string? OfCounts(ModelSpec spec, BalanceLossSpec loss) => spec.Experts!.Active == spec.Experts.Count
        ? OfOneExpert(spec, loss) ?? $"each token goes to all {spec.Experts.Count} experts"
        : null;

    /// <summary>Of the tokens sent to a device: where too few experts lie elsewhere, each token is sent to all of them.</summary>
    public static string? OfDevices(ModelSpec spec, BalanceLossSpec loss)
    {
        var experts = spec.Experts!;
        return OfCounts(spec, loss) ?? (Enumerable.Range(0, experts.Devices).Any(device => Elsewhere(spec, device) >= experts.Active)
            ? null
            : $"a token's {experts.Active} experts always lie on all {experts.Devices} devices");
    }

    /// <summary>The most experts off a device that a token can reach: of the gate's groups it keeps those with the most.</summary>
    private static int Elsewhere(ModelSpec spec, int device)
    {
        var (groups, kept) = spec.Gate.IsGroupLimited ? (spec.Gate.Groups, spec.Gate.TopGroups) : (1, 1);
        var (group, own) = (spec.Experts!.Count / groups, spec.Experts.Count / spec.Experts.Devices);
        return Enumerable.Range(0, groups).Select(index => group - Overlap(index * group, group, device * own, own)).OrderByDescending(experts => experts).Take(kept).Sum();
    }

    /// <summary>How much two ranges have in common.</summary>
    private static int Overlap(int first, int length, int otherFirst, int otherLength) =>
        Math.Max(0, Math.Min(first + length, otherFirst + otherLength) - Math.Max(first, otherFirst));
}
