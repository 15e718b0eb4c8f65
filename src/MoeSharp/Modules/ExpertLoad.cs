namespace MoeSharp.Modules;

/// <summary>What a layer's gate did in training since the last <see cref="FlatModule.UpdateBalance"/>. Evaluation and padding tokens are not in it.</summary>
/// <param name="Layer">The layer's index in the model; 0 for a layer of its own.</param>
/// <param name="Counts">The tokens that chose each expert, those that a full expert then dropped among them.</param>
public sealed record ExpertLoad(int Layer, IReadOnlyList<long> Counts)
{
    /// <summary><c>max_i c_i / mean(c) − 1</c> (arXiv 2408.15664): 0 is balance. NaN where there were no tokens.</summary>
    public double MaxVio => (Counts.Max() / Counts.Average()) - 1;

    /// <summary>The least-used expert's part of all tokens; 1/N is balance.</summary>
    public double LeastShare => (double)Counts.Min() / Counts.Sum();

    /// <summary>Experts that got no token.</summary>
    public int DeadExperts => Counts.Count(count => count == 0);

    /// <summary>
    /// The mean over the tokens of the entropy of their scores, normalised over the experts, in nats: 0 where the gate is sure of one expert, log N where it
    /// knows nothing. NaN where there were no tokens.
    /// </summary>
    public double Entropy { get; init; } = double.NaN;

    /// <summary>Pairs of a token and an expert it chose that were dropped, because the expert or its device was full.</summary>
    public long Dropped { get; init; }

    /// <summary>The dropped pairs' part of all pairs. NaN where there were no tokens.</summary>
    public double DroppedShare => (double)Dropped / Counts.Sum();

    /// <summary>The declared balance losses in the order of their computation, each before its weight: the mean over the forward passes.</summary>
    public IReadOnlyList<BalanceLossValue> Losses { get; init; } = [];
}

/// <summary>A balance loss of one layer.</summary>
/// <param name="Name">Its name, as in <c>metrics.jsonl</c>: <c>expert_balance</c>, <c>sequence_balance</c>, …</param>
/// <param name="Value">Before its weight.</param>
public readonly record struct BalanceLossValue(string Name, double Value);
