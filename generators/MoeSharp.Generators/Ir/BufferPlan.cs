using System.Linq;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators.Ir;

/// <summary>Where a value lives while its function runs.</summary>
internal enum Home
{
    /// <summary>Written by forward, read by backward: one place a layer, or where the function is recomputed one place for all layers.</summary>
    Saved,

    /// <summary>Gone when the function returns: places are used again.</summary>
    Scratch,

    /// <summary>The caller's: the function's input, its output, and their gradients.</summary>
    Caller,
}

/// <summary>A value's place.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Home">Which arena.</param>
/// <param name="Offset">Elements from the arena's start, for each token of the batch: the place begins at <c>Offset · tokens</c>.</param>
/// <param name="Root">The value whose memory it is: its own, or that of the one it overwrites, is added into or lies within.</param>
/// <param name="Column">Where it lies within the root's columns, the first of its own; null where it is as wide.</param>
internal sealed record Placement(string Value, Home Home, long Offset, string Root, int? Column = null);

/// <summary>
/// The places of all values of a function. Every size is so many elements a token, so one plan fits every batch: offsets are multiplied by the
/// tokens of the batch at run time.
/// </summary>
/// <param name="Placements">One an activation.</param>
/// <param name="SavedPerToken">Elements a token that one layer keeps for backward, or has while it is recomputed.</param>
/// <param name="ForwardScratchPerToken">Elements a token of forward's scratch.</param>
/// <param name="BackwardScratchPerToken">Elements a token of backward's scratch.</param>
internal sealed record BufferPlan(EquatableArray<Placement> Placements, long SavedPerToken, long ForwardScratchPerToken, long BackwardScratchPerToken)
{
    /// <summary>A value's place.</summary>
    public Placement this[Value value] => Placements.First(placement => placement.Value == value.Name);
}
