using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Fusion;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Rewrites functions so that fewer passes over memory remain. Each rewrite is one file in Fusion/ and is legal by itself: it looks at who else reads
/// a value before it takes the value away.
/// </summary>
internal static class Fuse
{
    private static readonly Func<Function, Function>[] Rewrites =
    [
        ResidualIntoNorm.Run,
        ResidualIntoCombine.Run,
        BiasIntoActivation.Run,
        AccumulateInto.Run,
        ScatterIntoNorm.Run,
        NormInPlace.Run,
        LinearSideBySide.Run,
        RotateInPlace.Run,
        ActivationInPlace.Run,
    ];

    public static TensorProgram Run(TensorProgram program) =>
        program with { Functions = new([.. program.Functions.Select(function => Rewrites.Aggregate(function, (current, rewrite) => rewrite(current)))]) };
}
