using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Finds declared losses that reach no parameter: what they are of cannot change, or no chain of backward ops leads from the op that carries their gradient to
/// a weight's. The first is a mistake in the declaration, the second one in the stages before: both fail the build at the loss.
/// </summary>
internal static class LossPaths
{
    /// <summary>The findings, in the order of the losses.</summary>
    /// <param name="spec">A declaration without another error.</param>
    /// <param name="differentiated">Its program, after Differentiate.</param>
    public static EquatableArray<Finding> Run(ModelSpec spec, TensorProgram differentiated) =>
        Run(spec, loss => loss.Row.Constant(spec, loss) ?? Gap(differentiated, loss.Row));

    /// <summary>The findings that the declaration alone is enough for: all that a user can make.</summary>
    /// <param name="spec">A declaration without another error.</param>
    public static EquatableArray<Finding> Constant(ModelSpec spec) => Run(spec, loss => loss.Row.Constant(spec, loss));

    private static EquatableArray<Finding> Run(ModelSpec spec, Func<BalanceLossSpec, string?> why) => new(
        [.. spec.BalanceLosses
            .Select(loss => (loss.Word, Why: why(loss)))
            .Where(loss => loss.Why is not null)
            .Select(loss => new Finding("MOE0416", loss.Word, "", new([loss.Word, loss.Why!])))]);

    /// <summary>Every function with a gate has a path of its own.</summary>
    private static string? Gap(TensorProgram program, BalanceRow row) => program.Functions.Where(function => function.IsRouted).All(function => HasPath(function, row))
        ? null
        : "no operation of the backward pass carries it to a weight, which is a mistake of the compiler and to be reported";

    private static bool HasPath(Function function, BalanceRow row)
    {
        var reached = new HashSet<string>();
        foreach (var op in function.Backward)
        {
            var carries = op.Name == OpNames.RouteBackward && op.Parts.Any(part => part.Name == row.Key);
            Value[] made = carries ? Made(op, row) : op.Reads.Any(value => reached.Contains(value.Name)) ? [.. op.Outputs] : [];
            if (made.Any(value => value.Kind == ValueKind.WeightGradient))
            {
                return true;
            }

            reached.UnionWith(made.Select(value => value.Name));
        }

        return false;
    }

    /// <summary>Where the gate's region leaves a loss's gradient: one at the logits is in theirs alone.</summary>
    private static Value[] Made(Op op, BalanceRow row) => row.Path == BalancePath.Logits ? [op.Outputs[0]] : [.. op.Outputs];
}
