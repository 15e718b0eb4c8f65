using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary><c>t = op(…); s = add(acc, t)</c> → <c>s = op(…) into acc</c>: a product or a norm's backward adds to the gradient that is already there.</summary>
internal static class AccumulateInto
{
    private static readonly HashSet<string> CanAccumulate = [OpNames.LinearBackward, OpNames.RmsNormBackward, OpNames.ExpertsBackward, OpNames.JitterBackward];

    public static Function Run(Function function)
    {
        var ops = function.Backward.ToList();
        for (var index = 0; index + 1 < ops.Count; index++)
        {
            var (op, add) = (ops[index], ops[index + 1]);
            if (!CanAccumulate.Contains(op.Name) || add.Name != OpNames.Add || add.Inputs[1] != op.Outputs[0])
            {
                continue;
            }

            var accumulator = add.Inputs[0];
            var isRead = Uses.After(ops, index + 2, accumulator) || op.Reads.Contains(accumulator) || accumulator == function.InputGradient;
            if (isRead || Uses.Count(function, op.Outputs[0]) != 1)
            {
                continue;
            }

            ops[index] = op with { Outputs = new([add.Outputs[0], .. op.Outputs.Skip(1)]), Into = accumulator };
            ops.RemoveAt(index + 1);
        }

        return function with { Backward = new([.. ops]) };
    }
}
