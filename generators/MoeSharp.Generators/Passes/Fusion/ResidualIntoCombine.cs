using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// <c>r = experts(…); f = add(shared, r); y = add(h, f)</c> → <c>y = experts(…) + shared + h</c>: the combine, which writes every token's row once,
/// adds what was to be added anyway.
/// </summary>
internal static class ResidualIntoCombine
{
    public static Function Run(Function function)
    {
        var ops = function.Forward.ToList();
        for (var index = 0; index + 1 < ops.Count; index++)
        {
            while (index + 1 < ops.Count && ops[index].Name == OpNames.Experts && Absorb(function, ops[index], ops[index + 1]) is { } fused)
            {
                ops[index] = fused;
                ops.RemoveAt(index + 1);
            }
        }

        return function with { Forward = new([.. ops]) };
    }

    private static Op? Absorb(Function function, Op experts, Op add)
    {
        var routed = experts.Outputs[0];
        if (add.Name != OpNames.Add || !add.Inputs.Contains(routed) || Uses.Count(function, routed) != 1)
        {
            return null;
        }

        var other = add.Inputs.First(input => input != routed);
        return experts with
        {
            Outputs = new([add.Outputs[0], .. experts.Outputs.Skip(1)]),
            Plus = new([.. experts.Plus, other]),
        };
    }
}
