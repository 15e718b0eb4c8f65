using System.Linq;
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

        var router = function.Matrix("w_router", path + "gate.weight", [count, dim]);
        var gateUpProj = function.Matrix(
            "w_gate_up_experts",
            path + "experts.gate_up_proj",
            [count, 2 * hidden, dim],
            new Slice(path + "experts.{0}.gate_proj.weight", hidden),
            new Slice(path + "experts.{0}.up_proj.weight", hidden));
        var downProj = function.Matrix("w_down_experts", path + "experts.down_proj", [count, dim, hidden], new Slice(path + "experts.{0}.down_proj.weight", dim));

        function.Stage = "gate";

        // Logits, scores and their gradients are fp32 at least, whatever the model is in: "wide".
        var logits = function.Append(new Op(OpNames.Linear, [u, router], [FunctionBuilder.Rows("logits", count)]).With(("wide", 1)) with { Note = "the router" });
        var weights = FunctionBuilder.Rows("weights", active);
        var chosen = new Value("experts", new Shape(Dim.Tokens, active), Type: ElementType.Index);
        var scores = FunctionBuilder.Rows("scores", count);
        function.Append(new Op(OpNames.Route, [logits], [weights, chosen, scores]).With([.. RouteAttributes(spec)]) with { Parts = BalanceLowering.Parts(spec) });
        (weights, chosen) = CapacityLowering.Append(function, spec, weights, chosen, scores);

        Value? shared = null;
        if (experts.Shared > 0)
        {
            function.Stage = experts.Shared == 1 ? "shared expert" : "shared experts";
            shared = FeedForwardLowering.Append(function, u, experts.Shared * hidden, path + "shared_experts.", "_shared");
        }

        function.Stage = "routed experts";
        var pairs = new Dim(active, Symbol.Tokens);
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

    private static IEnumerable<(string Name, double Value)> RouteAttributes(ModelSpec spec)
    {
        var (experts, gate) = (spec.Experts!, spec.Gate);
        yield return ("kind", (double)gate.Kind);
        yield return ("count", experts.Count);
        yield return ("active", experts.Active);
        yield return ("groups", gate.Groups);
        yield return ("top_groups", gate.IsGroupLimited ? gate.TopGroups : gate.Groups);
        yield return ("normalize", gate.Normalize ? 1 : 0);
        yield return ("scale", gate.Scale);
        yield return ("bias", spec.BalanceBias is null ? 0 : 1);
    }
}
