using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary><c>h = add(x, r); u = rms_norm(h)</c> → <c>h, u = add_rms_norm(x, r)</c>: the sum is normalised while it is in cache.</summary>
internal static class ResidualIntoNorm
{
    public static Function Run(Function function)
    {
        var ops = function.Forward.ToList();
        for (var index = 0; index + 1 < ops.Count; index++)
        {
            var (add, norm) = (ops[index], ops[index + 1]);
            if (add.Name != OpNames.Add || norm.Name != OpNames.RmsNorm || norm.Inputs[0] != add.Outputs[0])
            {
                continue;
            }

            ops[index] = new Op(OpNames.AddRmsNorm, [add.Inputs[0], add.Inputs[1], norm.Inputs[1]], [add.Outputs[0], norm.Outputs[0], norm.Outputs[1]])
            {
                Attributes = norm.Attributes,
                Stage = norm.Stage,
                Recomputation = norm.Recomputation,
            };
            ops.RemoveAt(index + 1);
        }

        return function with { Forward = new([.. ops]) };
    }
}
