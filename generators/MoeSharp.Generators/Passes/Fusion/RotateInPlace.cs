using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Fusion;

/// <summary>A rotation overwrites what it rotates where nobody else reads it.</summary>
internal static class RotateInPlace
{
    public static Function Run(Function function) => function with
    {
        Forward = Mark(function, function.Forward),
        Backward = Mark(function, function.Backward),
    };

    private static EquatableArray<Op> Mark(Function function, IEnumerable<Op> ops) =>
        new([.. ops.Select(op => op.Name is OpNames.Rope or OpNames.RopeBackward && op.Inputs[0].Kind == ValueKind.Result && Uses.Count(function, op.Inputs[0]) == 1
            ? op with { InPlace = true }
            : op)]);
}
