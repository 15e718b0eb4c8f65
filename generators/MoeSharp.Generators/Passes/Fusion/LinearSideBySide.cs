using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// <c>d_w += linear_weight_gradient(d_y, x); d_x = linear_backward(d_y, w)</c> → <c>d_x, d_w = linear_gradients(d_y, w, x)</c>: two products of one gradient,
/// neither of which reads what the other writes, are computed side by side.
/// </summary>
internal static class LinearSideBySide
{
    public static Function Run(Function function)
    {
        var ops = function.Backward.ToList();
        for (var index = 0; index + 1 < ops.Count; index++)
        {
            var (weight, input) = (ops[index], ops[index + 1]);
            if (weight.Name != OpNames.LinearWeightGradient || input.Name != OpNames.LinearBackward || weight.Inputs[0] != input.Inputs[0]
                || weight.Reads.Any(value => value == input.Into))
            {
                continue;
            }

            ops[index] = input with
            {
                Name = OpNames.LinearGradients,
                Inputs = new([.. input.Inputs, weight.Inputs[1]]),
                Outputs = new([.. input.Outputs, .. weight.Outputs]),
            };
            ops.RemoveAt(index + 1);
        }

        return function with { Backward = new([.. ops]) };
    }
}
