using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission.Kernels;

/// <summary>
/// Gives values that share memory one name, that of the first: in straight-line code an accumulator is one variable, however often it is added to. What lies
/// within another's columns is a view of its own.
/// </summary>
internal static class MemoryNames
{
    public static Function Apply(Function function)
    {
        var plan = function.Plan!;
        return function with
        {
            Output = Rename(function.Output, plan),
            OutputGradient = function.OutputGradient is { } outputGradient ? Rename(outputGradient, plan) : null,
            InputGradient = function.InputGradient is { } inputGradient ? Rename(inputGradient, plan) : null,
            Forward = new([.. function.Forward.Select(op => Rename(op, plan))]),
            Backward = new([.. function.Backward.Select(op => Rename(op, plan))]),
        };
    }

    private static Op Rename(Op op, BufferPlan plan) => op with
    {
        Inputs = Rename(op.Inputs, plan),
        Outputs = Rename(op.Outputs, plan),
        Plus = Rename(op.Plus, plan),
        Into = op.Into is null ? null : Rename(op.Into, plan),
    };

    private static EquatableArray<Value> Rename(EquatableArray<Value> values, BufferPlan plan) => new([.. values.Select(value => Rename(value, plan))]);

    private static Value Rename(Value value, BufferPlan plan) =>
        plan.Placements.FirstOrDefault(placement => placement.Value == value.Name) is { Column: null } placement && placement.Root != value.Name
            ? value with { Name = placement.Root, Kind = placement.Home == Home.Caller ? ValueKind.Input : value.Kind }
            : value;
}
