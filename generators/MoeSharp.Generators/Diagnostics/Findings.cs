using System.Linq;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Diagnostics;

/// <summary>All that is wrong with a declaration: what the Check pass says of it, and where that is no error, what its differentiated program says.</summary>
internal static class Findings
{
    public static IReadOnlyList<Finding> Of(ModelSpec spec)
    {
        EquatableArray<Finding> rules = Check.Run(spec);
        return spec.BalanceLosses.Count == 0 || spec.HasCompilerErrors || rules.Any(IsError)
            ? [.. rules]
            : [.. rules, .. LossPaths.Run(spec, Differentiate.Run(Lower.Run(spec)))];
    }

    /// <summary>Whether the declaration means something: only then is it compiled.</summary>
    public static bool AreSound(ModelSpec spec) => !spec.HasCompilerErrors && !Of(spec).Any(IsError);

    private static bool IsError(Finding finding) => Descriptors.Get(finding.Id).DefaultSeverity == DiagnosticSeverity.Error;
}
