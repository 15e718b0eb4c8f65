using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Passes.Lowering;

/// <summary><c>Σ_shared FFN(u) + Σ_k weight_k·FFN_expert(k)(u)</c>: the gate and the routed experts are one region each.</summary>
internal static class ExpertsLowering
{
    public static Value Append(FunctionBuilder function, Value u, ModelSpec spec, string path, string result)
    {
        var (experts, gate) = (spec.Experts!, spec.Gate);
        var (count, active, hidden, dim) = (experts.Count, experts.Active, experts.Hidden, u.Shape.Columns);
        var activation = ActivationTable.Of(experts.Activation);
        var (input, inputWidth) = (activation.Input, activation.Maps * hidden);

        var row = GateTable.Of(gate.Kind);

        function.Stage = "gate";
        var route = row.Lower(GateLowering.Of(function, u, spec, path));
        var (weights, chosen) = CapacityLowering.Append(function, spec, route.Outputs[0], route.Outputs[1], route.Outputs[2]);

        var one = path + "experts.{0}.";
        List<Value> maps =
        [
            function.Matrix($"w_{input}_experts", $"{path}experts.{input}_proj", [count, inputWidth, dim], [.. FeedForwardLowering.Maps(activation, one, "weight", hidden)]),
            function.Matrix("w_down_experts", path + "experts.down_proj", [count, dim, hidden], new Slice(one + "down_proj.weight", dim)),
        ];
        if (experts.Bias)
        {
            maps.Add(function.Bias($"b_{input}_experts", $"{path}experts.{input}_proj_bias", [count, inputWidth], [.. FeedForwardLowering.Maps(activation, one, "bias", hidden)]));
            maps.Add(function.Bias("b_down_experts", path + "experts.down_proj_bias", [count, dim], new Slice(one + "down_proj.bias", dim)));
        }

        var shared = experts.Shared > 0 ? SharedExperts(function, u, experts, path) : null;
        function.Stage = "routed experts";
        var pairs = new Dim(row.PairsPerToken(spec), Symbol.Tokens);
        var routed = function.Append(
            new Op(
                OpNames.Experts,
                [u, weights, chosen, .. maps],
                [FunctionBuilder.Rows(shared is null ? result : "routed", dim), Operand(input + "_pairs", inputWidth)])
            .With(("count", count), ("active", active), ("hidden", hidden), ("activation", (double)experts.Activation))
            .WithWorkspace(Operand("y_pairs", dim)));
        return shared is null ? routed : function.Add(result, shared, routed);

        Value Operand(string name, int columns) => new(name, new Shape(pairs, columns), Type: ElementType.Operand);
    }

    /// <summary>Their own names are DeepSeek's; with a gate they are Qwen2-MoE's, the family that has one.</summary>
    private static Value SharedExperts(FunctionBuilder function, Value u, ExpertsSpec experts, string path)
    {
        function.Stage = experts.Shared == 1 ? "shared expert" : "shared experts";
        var module = path + (experts.SharedGate ? "shared_expert." : "shared_experts.");
        var shared = FeedForwardLowering.Append(function, u, experts.Shared * experts.Hidden, ActivationTable.Of(experts.Activation), experts.Bias, module, "_shared");
        if (!experts.SharedGate)
        {
            return shared;
        }

        var gate = function.OfGate("w_shared_gate", path + "shared_expert_gate.weight", Initial.Normal, 1, u.Shape.Columns);
        var logit = function.WideLinear("shared_logit", u, gate, "the shared experts' gate");
        return function.Append(new Op(OpNames.SigmoidScale, [shared, logit], [FunctionBuilder.Rows("f_gated", u.Shape.Columns)]));
    }
}
