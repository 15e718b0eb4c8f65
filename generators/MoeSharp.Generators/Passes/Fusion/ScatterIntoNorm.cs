using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// <c>d_u = experts_backward(…); d_u_2 = op(…) into d_u; …; d_h = rms_norm_backward(d_u_2, …)</c> → <c>pairs = experts_backward(…); d_u = op(…); …;
/// d_h = rms_norm_backward(d_u, …) + pairs</c>: what the experts hand back to a token is added last, while the norm's backward has its row in cache.
/// </summary>
internal static class ScatterIntoNorm
{
    public static Function Run(Function function)
    {
        var ops = function.Backward.ToList();
        var experts = ops.FindIndex(op => op.Name == OpNames.ExpertsBackward && op.Into is null);
        if (experts < 0)
        {
            return function;
        }

        var sum = ops[experts].Outputs[0];
        var next = ops.FindIndex(op => op.Into == sum);
        var norm = next < 0 ? -1 : Norm(function, ops, sum);
        if (norm < 0)
        {
            return function;
        }

        // The next op makes the gradient that it added to before.
        var (made, pairs) = (ops[next].Outputs[0], ops[experts].Workspace.Last());
        for (var index = next + 1; index <= norm; index++)
        {
            ops[index] = ops[index] with
            {
                Inputs = new([.. ops[index].Inputs.Select(input => input == made ? sum : input)]),
                Into = ops[index].Into == made ? sum : ops[index].Into,
            };
        }

        ops[norm] = ops[norm] with { Plus = new([pairs]) };
        ops[next] = ops[next] with { Outputs = new([sum, .. ops[next].Outputs.Skip(1)]), Into = null };
        ops[experts] = ops[experts] with
        {
            Outputs = new([pairs, .. ops[experts].Outputs.Skip(1)]),
            Workspace = new([.. ops[experts].Workspace.Where(value => value != pairs)]),
        };
        return function with { Backward = new([.. ops]) };
    }

    /// <summary>The norm's backward at the end of a chain of ops that add to a gradient and are all that read it.</summary>
    private static int Norm(Function function, List<Op> ops, Value sum)
    {
        while (Uses.Count(function, sum) == 1 && ops.FindIndex(op => op.Reads.Contains(sum)) is >= 0 and var reader)
        {
            if (ops[reader].Into != sum)
            {
                return ops[reader].Name == OpNames.RmsNormBackward && ops[reader].Inputs[0] == sum ? reader : -1;
            }

            sum = ops[reader].Outputs[0];
        }

        return -1;
    }
}
