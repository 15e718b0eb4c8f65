using System.Linq;
using MoeSharp.Generators.Ir;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// <c>d_h = rms_norm_backward(d_u, …) + pairs into d_y; …; d_x = rms_norm_backward(d_n, …) into d_h</c> → <c>d_h = rms_norm_backward(d_u, …) + pairs + d_y in
/// place; …; d_x = rms_norm_backward(d_n, …) + d_h over d_y</c>: the experts have gathered tokens of d_y on every core, and a row that another core has read
/// is slow to write. The rows of d_u are nobody else's.
/// </summary>
internal static class NormInPlace
{
    public static Function Run(Function function)
    {
        var ops = function.Backward.ToList();
        var first = ops.FindIndex(op => op.Name == OpNames.RmsNormBackward && op.Plus.Count > 0 && op.Into is { } into && into == function.OutputGradient);
        var second = first < 0 ? -1 : ops.FindIndex(op => op.Into == ops[first].Outputs[0]);
        if (second < 0 || ops[second].Name != OpNames.RmsNormBackward || ops[second].Outputs[0] != function.InputGradient)
        {
            return function;
        }

        var (dY, dH) = (ops[first].Into!, ops[first].Outputs[0]);
        ops[first] = ops[first] with { Plus = new([.. ops[first].Plus, dY]), Into = null, InPlace = true };
        ops[second] = ops[second] with { Plus = new([.. ops[second].Plus, dH]), Into = null, Over = dY };
        return function with { Backward = new([.. ops]) };
    }
}
