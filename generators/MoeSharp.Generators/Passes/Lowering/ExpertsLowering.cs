using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary><c>Σ_shared FFN(u) + Σ_k weight_k·FFN_expert(k)(u)</c>: the gate and the routed experts are one region each.</summary>
internal static class ExpertsLowering
{
    public static Value Append(FunctionBuilder function, Value u, ModelSpec spec, string path, string result)
    {
        var (experts, gate) = (spec.Experts!, spec.Gate);
        var (count, active, hidden, dim) = (experts.Count, experts.Active, experts.Hidden, u.Shape.Columns);

        var row = GateTable.Of(gate.Kind);

        function.Stage = "gate";
        var route = row.Lower(GateLowering.Of(function, u, spec, path));
        var (weights, chosen) = CapacityLowering.Append(function, spec, route.Outputs[0], route.Outputs[1], route.Outputs[2]);

        var gateUpProj = function.Matrix(
            "w_gate_up_experts",
            path + "experts.gate_up_proj",
            [count, 2 * hidden, dim],
            new Slice(path + "experts.{0}.gate_proj.weight", hidden),
            new Slice(path + "experts.{0}.up_proj.weight", hidden));
        var downProj = function.Matrix("w_down_experts", path + "experts.down_proj", [count, dim, hidden], new Slice(path + "experts.{0}.down_proj.weight", dim));

        Value? shared = null;
        if (experts.Shared > 0)
        {
            function.Stage = experts.Shared == 1 ? "shared expert" : "shared experts";
            shared = FeedForwardLowering.Append(function, u, experts.Shared * hidden, path + "shared_experts.", "_shared");
        }

        function.Stage = "routed experts";
        var pairs = new Dim(row.PairsPerToken(spec), Symbol.Tokens);
        var routed = function.Append(
            new Op(
                OpNames.Experts,
                [u, weights, chosen, gateUpProj, downProj],
                [FunctionBuilder.Rows(shared is null ? result : "routed", dim), Operand("gate_up_pairs", 2 * hidden)])
            .With(("count", count), ("active", active), ("hidden", hidden))
            .WithWorkspace(Operand("x_pairs", dim), Operand("a_pairs", hidden)));
        return shared is null ? routed : function.Add(result, shared, routed);

        Value Operand(string name, int columns) => new(name, new Shape(pairs, columns), Type: ElementType.Operand);
    }
}
