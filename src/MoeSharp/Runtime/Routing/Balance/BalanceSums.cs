namespace MoeSharp.Runtime;

/// <summary>What one gate did in one pass, measured forward and kept for backward: over the batch, and over each of its sequences where a loss asks.</summary>
public sealed class BalanceSums
{
    private readonly RoutingSums[] _sequences;

    internal BalanceSums(IReadOnlyList<RoutingSums> parts, bool bySequence)
    {
        Batch = RoutingSums.Of(parts);
        _sequences = bySequence ? [.. parts] : [];
        Filled = _sequences.Count(sequence => sequence.Tokens > 0);
    }

    /// <summary>Over all tokens.</summary>
    public RoutingSums Batch { get; }

    /// <summary>Over the tokens of each sequence; empty where no loss asks.</summary>
    public IReadOnlyList<RoutingSums> Sequences => _sequences;

    /// <summary>Sequences that are not all padding.</summary>
    internal int Filled { get; }
}
