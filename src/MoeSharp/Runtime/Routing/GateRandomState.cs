using MoeSharp.Data;

namespace MoeSharp.Runtime;

/// <summary>
/// Where a module's random gates stand: with the weights, all that a resumed run needs to draw the numbers that the uninterrupted one draws.
/// </summary>
/// <param name="Seed">What <c>Initialize</c> was given.</param>
/// <param name="Calls">Forward passes in training since then: each draws numbers of its own.</param>
public readonly record struct GateRandomState(long Seed, long Calls)
{
    /// <summary>The key of the next pass.</summary>
    internal ulong Key => SplitMix64.Mix(SplitMix64.Mix((ulong)Seed) + (ulong)Calls);
}
