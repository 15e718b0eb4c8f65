using System.Linq;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;

namespace MoeSharp.Generators.Emission;

/// <summary>A program's arenas in elements a token: what all layers keep for backward, and the scratch that every function uses again.</summary>
/// <param name="Residual">The residual stream's rows, one before every layer and one after the last; 0 for a layer.</param>
/// <param name="Saved">All that is kept, the residual stream included.</param>
/// <param name="Scratch">The largest need of one function; of one that is recomputed, all that its backward reads lies there too.</param>
internal sealed record ArenaSizes(long Residual, long Saved, long Scratch)
{
    /// <summary>Elements a token of one of the residual stream's places: its width, rounded up as every place is.</summary>
    public static long ResidualRow(TensorProgram program) => Plan.Aligned(program.Functions[0].Output);

    /// <summary>What one layer of a function keeps from forward to backward.</summary>
    public static long Kept(Function function) => function.IsRecomputed ? 0 : function.Plan!.SavedPerToken;

    /// <summary>Where the activations of a function that is recomputed begin in scratch: behind its own.</summary>
    public static long Own(Function function) => Math.Max(function.Plan!.ForwardScratchPerToken, function.Plan.BackwardScratchPerToken);

    public static ArenaSizes Of(TensorProgram program)
    {
        var isLayer = program.Functions.Count == 1;
        var residual = isLayer ? 0 : ResidualRow(program) * (Layers.Blocks(program).Sum(block => block.Layers) + 1);
        return new ArenaSizes(
            residual,
            residual + program.Functions.Sum(function => Kept(function) * function.Layers),
            program.Functions.Max(function => Own(function) + (function.IsRecomputed ? function.Plan!.SavedPerToken : 0)));
    }
}
