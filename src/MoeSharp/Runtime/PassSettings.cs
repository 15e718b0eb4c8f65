using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>What the caller of a program decides about one run, whatever the lowering.</summary>
/// <param name="Tokens">Rows of the batch: sequences times tokens in each.</param>
/// <param name="Sequence">Tokens in a sequence.</param>
/// <param name="Training">Whether counts move and balance losses are in the gradient.</param>
public sealed record PassSettings(int Tokens, int Sequence, bool Training)
{
    /// <summary>The tokens that are no padding; null where all count.</summary>
    public bool[]? Mask { get; init; }

    /// <summary>What the random numbers of the gates follow from, in training; the same in the backward of the pass.</summary>
    internal ulong RandomKey { get; init; }

    /// <summary>The factor of the balance losses' gradient.</summary>
    public double AuxiliaryScale { get; init; } = 1;

    /// <summary>What the gates did, from forward to backward. A copy of the settings shares it: it is of the same run.</summary>
    internal PassSums Sums { get; } = new();

    /// <summary>Where the gates report to, other than the module's own log: for a pass that only counts, or one that must not. Null is the module's.</summary>
    internal RoutingLog? Log { get; init; }

    /// <summary>The settings of a forward that backward runs again: what its gates report, nobody reads.</summary>
    internal PassSettings Again(FlatModule module) => this with { Log = module.Unread };

    /// <summary>Whether the gradient's buffer is new: backward sets the experts' gradients, which are unset, and adds to the others, which are zero.</summary>
    public bool FreshGradient { get; init; }
}
