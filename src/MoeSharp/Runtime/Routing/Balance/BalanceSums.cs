namespace MoeSharp.Runtime;

/// <summary>What one gate did in one pass, measured forward and kept for backward: over the batch, and over each of its sequences where a loss asks.</summary>
internal sealed class BalanceSums(IReadOnlyList<RoutingSums> parts, bool bySequence)
{
    /// <summary>Over all tokens.</summary>
    public RoutingSums Batch { get; } = RoutingSums.Of(parts);

    /// <summary>Over the tokens of each sequence; empty where no loss asks.</summary>
    public IReadOnlyList<RoutingSums> Sequences { get; } = bySequence ? [.. parts] : [];
}
