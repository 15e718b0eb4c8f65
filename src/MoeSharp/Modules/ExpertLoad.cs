namespace MoeSharp.Modules;

/// <summary>How the tokens of a layer were spread over its experts.</summary>
/// <param name="Layer">The layer's index in the model; 0 for a layer of its own.</param>
/// <param name="Counts">The tokens each expert got.</param>
public sealed record ExpertLoad(int Layer, IReadOnlyList<long> Counts)
{
    /// <summary><c>max_i c_i / mean(c) − 1</c> (arXiv 2408.15664): 0 is balance. NaN where there were no tokens.</summary>
    public double MaxVio => (Counts.Max() / Counts.Average()) - 1;

    /// <summary>The least-used expert's part of all tokens; 1/N is balance.</summary>
    public double LeastShare => (double)Counts.Min() / Counts.Sum();

    /// <summary>Experts that got no token.</summary>
    public int DeadExperts => Counts.Count(count => count == 0);
}
