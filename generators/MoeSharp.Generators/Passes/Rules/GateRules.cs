using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>How many experts a token goes to, and which of them are in its reach.</summary>
internal static class GateRules
{
    public static readonly Rule[] All =
    [
        Positive("Gate", "Groups", m => m.Gate.Groups),
        Positive("Gate", "TopGroups", m => m.Gate.TopGroups),
        new("MOE0201", "Experts", "Active", m => m.Experts is { Count: > 0 } e && e.Active > e.Count ? [e.Active, e.Count] : null),
        new("MOE0202", "Gate", "", m => m.Gates.Count > 1 ? [m.Gates.Count] : null) { Occurrence = 1 },
        new("MOE0203", "Gate", "Groups", m => m.Experts is { Count: > 0 } e && m.Gate.Groups > 1 && e.Count % m.Gate.Groups != 0
            ? [e.Count, m.Gate.Groups]
            : null),
        new("MOE0204", "Gate", "TopGroups", m => m.Gate.Groups > 0 && m.Gate.TopGroups > m.Gate.Groups ? [m.Gate.TopGroups, m.Gate.Groups] : null),
        new("MOE0205", "Experts", "Active", m => Grouped(m) is { } size && m.Experts is { } e && e.Active <= e.Count && e.Active > size * m.Gate.TopGroups
            ? [e.Active, m.Gate.TopGroups, m.Gate.Groups, size * m.Gate.TopGroups, size]
            : null),
        new("MOE0206", "Gate", "Groups", m => Grouped(m) == 1 && m.BalanceBias is not null ? [m.Gate.Groups, m.Experts!.Count] : null),
        .. OneExpert,
        .. NoLimit,
        new("MOE0209", "Gate", "Scale", m => IsPositive(m.Gate.Scale) ? null : [m.Gate.Scale]),
        new("MOE0210", "Gate", "Kind", m => Enum.IsDefined(typeof(GateKind), m.Gate.Kind) ? null : [(int)m.Gate.Kind]),
    ];

    /// <summary>Said where Normalize was asked for, or else at Active.</summary>
    private static Rule[] OneExpert =>
    [
        new("MOE0207", "Gate", "Normalize", m => IsConstant(m) && m.Declares("Gate.Normalize") ? [m.Gate.Kind] : null),
        new("MOE0207", "Experts", "Active", m => IsConstant(m) && !m.Declares("Gate.Normalize") ? [m.Gate.Kind] : null),
    ];

    /// <summary>Said at TopGroups where it was given, or else at Groups.</summary>
    private static Rule[] NoLimit =>
    [
        new("MOE0208", "Gate", "TopGroups", m => IsUnlimited(m) && m.Declares("Gate.TopGroups") ? [m.Gate.Groups] : null),
        new("MOE0208", "Gate", "Groups", m => IsUnlimited(m) && !m.Declares("Gate.TopGroups") ? [m.Gate.Groups] : null),
    ];

    private static bool IsConstant(ModelSpec m) => m.Experts is { Active: 1 } && m.Gate.Normalize;

    private static bool IsUnlimited(ModelSpec m) => m.Gate.Groups > 1 && m.Gate.TopGroups == m.Gate.Groups;

    /// <summary>Experts in a group where a token reaches only some groups, and the groups themselves are right.</summary>
    private static int? Grouped(ModelSpec m) =>
        m is { Experts.Count: > 0 and var count, Gate: { IsGroupLimited: true, TopGroups: > 0 } gate } && count % gate.Groups == 0 ? count / gate.Groups : null;
}
