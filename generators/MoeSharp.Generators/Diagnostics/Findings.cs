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

    /// <summary>
    /// Whether the declaration means something: only then is it compiled. The program is not asked: the analyzer fails the build where it says no, and
    /// differentiating every model twice would be felt in an editor.
    /// </summary>
    public static bool AreSound(ModelSpec spec) => !spec.HasCompilerErrors && !Check.Run(spec).Any(IsError) && LossPaths.Constant(spec).Count == 0;

    private static bool IsError(Finding finding) => Descriptors.Get(finding.Id).DefaultSeverity == DiagnosticSeverity.Error;
}
