using System.Linq;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Emission;

/// <summary>A model's figures, counted on its tensor program.</summary>
internal sealed record CardFigures(long Parameters, long Active, long FlopsPerToken, long Activations)
{
    public const int BytesOfFloat = 4;

    public static CardFigures Of(ModelSpec spec, TensorProgram program)
    {
        var biases = spec.BalanceBias is null ? 0 : (long)spec.Experts!.Count * program.Functions.Where(function => function.IsRouted).Sum(function => function.Layers);
        long parameters = biases, active = biases, products = 0;
        var counted = new HashSet<string>();
        foreach (var function in program.Functions)
        {
            foreach (var weight in function.Weights)
            {
                var elements = weight.Value.Shape.Elements;
                var met = weight.IsPerExpert ? (long)Math.Round(elements / spec.Experts!.Count * GateTable.Of(spec.Gate.Kind).ActiveExperts(spec)) : elements;

                // A tied head is the embedding again: counted once as a parameter, but a product all the same.
                if (counted.Add(function.IsBlock ? function.Name + weight.Path : weight.Path))
                {
                    parameters += elements * function.Layers;
                    active += met * function.Layers;
                }

                products += weight.IsMatrix && function.Name != "embed" ? met * function.Layers : 0;
            }
        }

        // Forward: two operations a weight; backward twice as many. Attention: q·kᵀ and p·v over half the context on average, causal.
        var attention = spec.Transformer is { } transformer && spec.Attention is { } heads
            ? 6L * heads.Heads * heads.HeadDim * transformer.Context * transformer.Layers
            : 0;
        return new CardFigures(parameters, active, (6 * products) + attention, ActivationsPerToken(spec, program) * Tokens(spec));
    }

    /// <summary>Elements a token of one compiled step's arena: what is kept, scratch, a model's logits, and two places for its residual gradient.</summary>
    private static long ActivationsPerToken(ModelSpec spec, TensorProgram program)
    {
        var sizes = ArenaSizes.Of(program);
        return sizes.Saved + sizes.Scratch + (spec.Transformer is { } transformer ? transformer.Vocab + (2 * transformer.Dim) : 0);
    }

    private static long Tokens(ModelSpec spec) => spec.Transformer is not { } transformer
        ? 1
        : spec.Train is { } train ? (long)train.Batch / train.MicroBatches * train.Sequence : transformer.Context;
}
