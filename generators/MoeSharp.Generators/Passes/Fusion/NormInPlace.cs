using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// <c>d_h = rms_norm_backward(d_u, …) + pairs into d_y</c> → <c>d_h = rms_norm_backward(d_u, …) + pairs + d_y in place</c>: the experts have gathered tokens of
/// d_y on every core, and a row that another core has read is slow to write. The rows of d_u are nobody else's. The gradient that goes out is then in other
/// memory than the one that came in.
/// </summary>
internal static class NormInPlace
{
    public static Function Run(Function function)
    {
        var ops = function.Backward.ToList();
        var norm = ops.FindIndex(op => op.Name == OpNames.RmsNormBackward && op.Plus.Count > 0 && op.Into is { } into && into == function.OutputGradient);
        if (norm < 0)
        {
            return function;
        }

        ops[norm] = ops[norm] with { Plus = new([.. ops[norm].Plus, ops[norm].Into!]), Into = null, InPlace = true };
        return function with { Backward = new([.. ops]) };
    }
}
