using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Ir.Activations;
using MoeSharp.Generators.Passes.Lowering;

namespace MoeSharp.Generators.Passes.Differentiation;

/// <summary>The hand-derived derivatives of the two regions of a mixture of experts.</summary>
internal static class RegionRules
{
    /// <summary>
    /// Selection carries no gradient. Weights: <c>w_k = scale·s_k / Σ s</c> gives <c>d_s_k = scale/Σs·(d_w_k − Σ_j d_w_j·s_j/Σs)</c>. Balance losses
    /// add <c>α·f_i/T</c> to the gradient of the normalised scores. Then through the sigmoid or the softmax.
    /// </summary>
    public static void Route(Op op, Adjoints adjoints)
    {
        var gate = GateTable.Of(op);
        var (weights, experts, scores) = (op.Outputs[0], op.Outputs[1], op.Outputs[2]);
        var chosen = op.Outputs.Where(value => value.Name == "chosen");
        Value[] gradients = [.. op.Inputs.Select(input => input.Kind == ValueKind.Weight ? Adjoints.OfWeight(input) : adjoints.New(input))];
        Value[] logits = BalanceLowering.ReadsLogits(op) ? [op.Inputs[0]] : [];
        adjoints.Append(
            new Op(OpNames.RouteBackward, [adjoints.Of(weights), scores, experts, .. gate.Kept(op), .. chosen, .. logits], gradients)
            { Attributes = op.Attributes, Parts = op.Parts }
            .WithWorkspace([.. gate.BackwardRoom(op)]));
        for (var index = 0; index < gradients.Length; index++)
        {
            if (gradients[index].Kind != ValueKind.WeightGradient)
            {
                adjoints.Contribute(op.Inputs[index], gradients[index]);
            }
        }
    }

    /// <summary>
    /// With <c>dO</c> the output's gradient at the tokens of an expert: <c>d_w = ⟨dO·W_down, a⟩</c>, so that expert outputs need not be kept
    /// (SonicMoE, arXiv 2512.14080); <c>d_a = w·dO·W_down</c>; the activation <c>a</c> is computed again from what it read in the same pass. With biases
    /// an expert's output is <c>a·W_downᵀ + b_down</c>: <c>d_w</c> gains <c>⟨dO, b_down⟩</c>, <c>d_b_down = Σ w·dO</c>, and the other's is the sum of its map's.
    /// </summary>
    public static void Experts(Op op, Adjoints adjoints)
    {
        var (u, weights, chosen) = (op.Inputs[0], op.Inputs[1], op.Inputs[2]);
        var (maps, activation) = (op.Inputs.Skip(3).ToArray(), ActivationTable.Of(op));

        // The bias of the first map is in what it made: only that of the second is read again.
        Value[] read = maps.Length == 2 ? maps : [maps[0], maps[1], maps[3]];
        var (du, dWeights) = (adjoints.New(u), adjoints.New(weights));
        var (pairs, hidden, dim) = (op.Outputs[1].Shape.Dims[0], op.Int("hidden"), u.Shape.Columns);
        adjoints.Append(
            new Op(
                OpNames.ExpertsBackward,
                [adjoints.Of(op.Outputs[0]), u, weights, chosen, op.Outputs[1], .. read],
                [du, dWeights, .. maps.Select(Adjoints.OfWeight)])
            { Attributes = op.Attributes }
            .WithWorkspace(
                Operand("u_pairs", dim),
                Operand("d_y_pairs", dim),
                Operand("weighted_a_pairs", hidden),
                Operand($"d_{op.Outputs[1].Name}", activation.Maps * hidden),
                Operand("d_u_pairs", dim)));
        adjoints.Contribute(u, du);
        adjoints.Contribute(weights, dWeights);

        Value Operand(string name, int columns) => new(name, new Shape(pairs, columns), Type: ElementType.Operand);
    }
}
