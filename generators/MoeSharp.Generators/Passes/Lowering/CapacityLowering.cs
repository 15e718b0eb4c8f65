using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary>What is over a declared capacity is dropped between the gate and the experts; where none is declared there is no op.</summary>
internal static class CapacityLowering
{
    /// <summary>The weights and the experts that the tokens go on with.</summary>
    public static (Value Weights, Value Experts) Append(FunctionBuilder function, ModelSpec spec, Value weights, Value chosen, Value scores)
    {
        if (Constants(spec) is not { } constants)
        {
            return (weights, chosen);
        }

        function.Stage = "capacity";
        var kept = weights with { Name = "kept_" + weights.Name };
        var experts = chosen with { Name = "kept_" + chosen.Name };
        function.Append(new Op(OpNames.Drop, [weights, chosen, scores], [kept, experts]).With(constants));
        return (kept, experts);
    }

    private static (string Name, double Value)[]? Constants(ModelSpec spec) => spec switch
    {
        { Capacity: { } capacity } => Constants(spec, capacity.Factor, capacity.By, spec.Experts!.Count, exempt: 0),
        { DeviceCapacity: { } devices } => Constants(spec, devices.Factor, DropOrder.Score, devices.Devices, devices.Exempt),
        _ => null,
    };

    private static (string Name, double Value)[] Constants(ModelSpec spec, double factor, DropOrder by, int groups, double exempt) =>
        [("factor", factor), ("by", (double)by), ("count", spec.Experts!.Count), ("groups", groups), ("exempt", exempt)];
}
