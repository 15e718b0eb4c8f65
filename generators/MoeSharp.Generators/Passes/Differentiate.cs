using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes.Differentiation;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes;

/// <summary>
/// Reverse-mode differentiation of every function: its forward ops are walked from the last to the first, and each op's rule turns the gradient of
/// its outputs into gradients of its inputs. There is one rule an op, in Differentiation/.
/// </summary>
internal static class Differentiate
{
    public static TensorProgram Run(TensorProgram program) =>
        program with { Functions = new([.. program.Functions.Select(Backward)]) };

    private static Function Backward(Function function)
    {
        var outputGradient = function.Output with { Name = "d_" + function.Output.Name, Kind = ValueKind.Input };
        var adjoints = new Adjoints(function, outputGradient);
        foreach (var op in function.Forward.Reverse())
        {
            adjoints.Stage = op.Stage;
            DerivativeRules.For(op.Name)(op, adjoints);
        }

        return function with
        {
            OutputGradient = outputGradient,
            InputGradient = function.Input.Type == ElementType.Index ? null : adjoints.Of(function.Input),
            Backward = new([.. adjoints.Ops]),
        };
    }
}
