using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary><c>z = linear(x, w, b); a = activation(z)</c> → <c>a, z = linear_activation(x, w, b)</c>: the bias is added while the activation has z in cache.</summary>
internal static class BiasIntoActivation
{
    public static Function Run(Function function)
    {
        var ops = function.Forward.ToList();
        for (var index = 0; index + 1 < ops.Count; index++)
        {
            var (linear, next) = (ops[index], ops[index + 1]);
            var activation = ActivationTable.All.FirstOrDefault(row => row.Op == next.Name);
            if (linear.Name != OpNames.Linear || linear.Inputs.Count < 3 || activation is null || next.Inputs[0] != linear.Outputs[0])
            {
                continue;
            }

            ops[index] = new Op(OpNames.LinearActivation, linear.Inputs, new([next.Outputs[0], linear.Outputs[0]]))
            {
                Stage = linear.Stage,
                Note = linear.Note,
                Recomputation = linear.Recomputation,
            }.With(("activation", (double)activation.Kind));
            ops.RemoveAt(index + 1);
        }

        return function with { Forward = new([.. ops]) };
    }
}
