using System.Linq;
using MoeSharp.Generators.Gates;
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
        .. TooSmall,
        .. OneExpert,
        .. NoLimit,
        new("MOE0209", "Gate", "Scale", m => IsPositive(m.Gate.Scale) ? null : [m.Gate.Scale]),
        new("MOE0210", "Gate", "Kind", m => Enum.IsDefined(typeof(GateKind), m.Gate.Kind) ? null : [(int)m.Gate.Kind, nameof(GateKind)]),
        Named<GroupScore>("GroupScore", m => (int)m.Gate.GroupScore),
        Named<SecondExpert>("SecondExpert", m => (int)m.Gate["SecondExpert"]),
        Named<SubScoreSoftmax>("SubScoreSoftmax", m => (int)m.Gate["SubScoreSoftmax"]),
        Named<SubScoreMerge>("SubScoreMerge", m => (int)m.Gate["SubScoreMerge"]),
        .. GateTable.Options.Select(Unknown),
        new("MOE0212", "Gate", "Jitter", m => m.Gate.Jitter is >= 0 and < 1 ? null : [m.Gate.Jitter]),
        new("MOE0213", "Gate", "GroupScore", m => m.Declares("Gate.GroupScore") && m.Gate.Groups == 1 && GateTable.Of(m.Gate.Kind).Knows("Groups") ? [] : null),
        .. GateTable.All.SelectMany(row => row.Rules.Select(rule => rule.Where(m => m.Experts is not null && m.Gate.Kind == row.Kind))),
    ];

    /// <summary>An option that the declared kind of gate does not know.</summary>
    private static Rule Unknown(string option) => new("MOE0211", "Gate", option, m => m.Declares("Gate." + option) && !GateTable.Of(m.Gate.Kind).Knows(option)
        ? [option, m.Gate.Kind, string.Join(", ", GateTable.All.Where(row => row.Knows(option)).Select(row => row.Kind))]
        : null);

    /// <summary>A number cast to an enum that has no such word.</summary>
    private static Rule Named<T>(string option, Func<ModelSpec, int> value)
        where T : struct, Enum => new("MOE0210", "Gate", option, m => Enum.IsDefined(typeof(T), value(m)) ? null : [value(m), typeof(T).Name]);

    /// <summary>Said where the score rule was asked for, or else at Groups.</summary>
    private static Rule[] TooSmall =>
    [
        new("MOE0206", "Gate", "GroupScore", m => IsTooSmall(m) && m.Declares("Gate.GroupScore") ? [m.Gate.Groups, m.Experts!.Count] : null),
        new("MOE0206", "Gate", "Groups", m => IsTooSmall(m) && !m.Declares("Gate.GroupScore") ? [m.Gate.Groups, m.Experts!.Count] : null),
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

    private static bool IsTooSmall(ModelSpec m) => Grouped(m) == 1 && m.Gate.GroupScore == GroupScore.SumOfTwoBest;

    private static bool IsUnlimited(ModelSpec m) => m.Gate.Groups > 1 && m.Gate.TopGroups == m.Gate.Groups;

    /// <summary>Experts in a group where a token reaches only some groups, and the groups themselves are right.</summary>
    private static int? Grouped(ModelSpec m) =>
        m is { Experts.Count: > 0 and var count, Gate: { IsGroupLimited: true, TopGroups: > 0 } gate } && count % gate.Groups == 0 ? count / gate.Groups : null;
}
