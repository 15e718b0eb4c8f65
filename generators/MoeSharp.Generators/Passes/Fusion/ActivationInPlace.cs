using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>
/// An activation's backward overwrites the gradient that comes down to it, where a product has made that for it alone; of a gate and what it gates the gradient
/// is twice as wide, and the product writes to its last columns. A core writes where it has just written, and less goes through its cache.
/// </summary>
internal static class ActivationInPlace
{
    public static Function Run(Function function) => function with { Backward = new([.. function.Backward.Select(op => Marked(function, op))]) };

    private static Op Marked(Function function, Op op)
    {
        var activation = ActivationTable.All.FirstOrDefault(row => row.BackwardOp == op.Name);
        return activation is null || Uses.Count(function, op.Inputs[0]) > 1 || !function.Backward.Any(maker => IsProductOf(maker, op.Inputs[0])) ? op
            : activation.IsGated ? op with { FromLastColumns = true }
            : op with { InPlace = true };
    }

    // A product writes rows that are any distance apart, which not every op does; what is added into another value lies in that one's memory.
    private static bool IsProductOf(Op op, Value value) =>
        op.Name is OpNames.LinearBackward or OpNames.LinearGradients && op.Into is null && op.Outputs[0] == value;
}
