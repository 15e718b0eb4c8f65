using System.Collections.Generic;
using System.Linq;
using MoeSharp.Generators.Spec;
using static MoeSharp.Generators.Passes.Rules.Numbers;

namespace MoeSharp.Generators.Passes.Rules;

/// <summary>How many tokens an expert, or a device, takes.</summary>
internal static class CapacityRules
{
    public static readonly Rule[] All =
    [
        .. Required("DeviceCapacity", "Devices", "the devices the experts are spread over", m => m.DeviceCapacity?.Devices),
        .. Factor("Capacity", m => m.Capacity?.Factor, m => m.Experts!.Count),
        .. Factor("DeviceCapacity", m => m.DeviceCapacity?.Factor, m => m.DeviceCapacity!.Devices),
        new("MOE0703", "DeviceCapacity", "Devices", m => m is { DeviceCapacity.Devices: > 0 and var devices, Experts.Count: > 0 and var count } && count % devices != 0
            ? [count, devices]
            : null),
        new("MOE0704", "DeviceCapacity", "Exempt", m => m.DeviceCapacity is { Exempt: var exempt } && !(exempt >= 0 && exempt < 1) ? [exempt] : null),
        new("MOE0705", "DeviceCapacity", "", m => m is { Capacity: not null, DeviceCapacity: not null } ? [] : null),
        .. Dropping.Select(word => new Rule("MOE0706", word, "", m => m.Declares(word) && m.Declares("Dropless") ? [word] : null)),
        new("MOE0707", "Capacity", "By", m => m.Capacity is { By: var by } && !Enum.IsDefined(typeof(DropOrder), by) ? [(int)by] : null),
    ];

    private static IEnumerable<string> Dropping => ["Capacity", "DeviceCapacity"];

    /// <summary>A budget of each of some groups of experts.</summary>
    private static IEnumerable<Rule> Factor(string word, Func<ModelSpec, double?> value, Func<ModelSpec, int> groups) =>
    [
        new("MOE0701", word, "Factor", m => value(m) is { } factor && !IsPositive(factor) ? [factor] : null),
        new("MOE0702", word, "Factor", m => value(m) is { } factor && IsPositive(factor) && Most(m, groups) is { } most && factor >= most && m.Declares(word + ".Factor")
            ? [factor, most]
            : null),
        new("MOE0702", word, "", m => value(m) is { } factor && Most(m, groups) is { } most && factor >= most && !m.Declares(word + ".Factor") ? [factor, most] : null),
    ];

    /// <summary>What a group can get where all tokens choose as many of its experts as they may, as a multiple of its mean load <c>K·T/G</c>; null where sizes are wrong.</summary>
    private static double? Most(ModelSpec m, Func<ModelSpec, int> groups) =>
        m.Experts is { Count: > 0 and var count, Active: > 0 and var active } && active <= count && groups(m) is > 0 and var all && count % all == 0
            ? (double)Math.Min(active, count / all) * all / active
            : null;
}
