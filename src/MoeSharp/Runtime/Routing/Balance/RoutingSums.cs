using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// What a gate did with some tokens, a batch's or a sequence's: sums over those that count, padding left out. Balance losses are functions of it alone,
/// so their arithmetic is the same on both lowerings.
/// </summary>
public sealed record RoutingSums
{
    /// <summary>Tokens, T.</summary>
    public required long Tokens { get; init; }

    /// <summary>The tokens that the counts are of: T, but in a loss over a step's batch those of all its micro-batches.</summary>
    public required long CountedTokens { get; init; }

    /// <summary>The tokens that chose each expert, c, <c>[N]</c>.</summary>
    public required long[] Chosen { get; init; }

    /// <summary>The tokens whose first choice is each expert, <c>[N]</c>.</summary>
    public required long[] First { get; init; }

    /// <summary>The tokens whose K largest unbiased, ungrouped scores an expert is among, <c>[N]</c>; empty where no loss asks.</summary>
    public long[] Unbiased { get; init; } = [];

    /// <summary>The tokens sent to each device, once however many of its experts they chose, <c>[D]</c>; empty where no loss asks.</summary>
    public long[] Devices { get; init; } = [];

    /// <summary>Σ_t of the scores, or of the scores' shares where a gate's do not sum to one, <c>[N]</c>.</summary>
    public required double[] Scores { get; init; }

    /// <summary>Σ_t of the routing weights, <c>[N]</c>; empty where no loss asks.</summary>
    public double[] Weights { get; init; } = [];

    /// <summary>Σ_t of the smooth loads of a noisy gate, <c>[N]</c>; empty where no loss asks.</summary>
    public double[] Loads { get; init; } = [];

    /// <summary>Σ_t of the squared log-sum-exp of the logits.</summary>
    public double SquaredLogSumExp { get; init; }

    /// <summary>N.</summary>
    public int Experts => Scores.Length;

    /// <summary>P, the mean score of each expert, <c>[N]</c>; 0 where there is no token.</summary>
    public double[] Means => Array.ConvertAll(Scores, sum => Tokens == 0 ? 0 : sum / Tokens);

    /// <summary><c>Σ_i slope_i·P_i</c>.</summary>
    public double Dot(double[] slope) => Means.Zip(slope, (mean, each) => mean * each).Sum();

    /// <summary>The sums over all tokens of several parts, added in their order.</summary>
    public static RoutingSums Of(IReadOnlyList<RoutingSums> parts) => parts.Count == 1 ? parts[0] : new RoutingSums
    {
        Tokens = parts.Sum(part => part.Tokens),
        CountedTokens = parts.Sum(part => part.CountedTokens),
        Chosen = Add(parts, part => part.Chosen),
        First = Add(parts, part => part.First),
        Unbiased = Add(parts, part => part.Unbiased),
        Devices = Add(parts, part => part.Devices),
        Scores = Add(parts, part => part.Scores),
        Weights = Add(parts, part => part.Weights),
        Loads = Add(parts, part => part.Loads),
        SquaredLogSumExp = parts.Sum(part => part.SquaredLogSumExp),
    };

    /// <summary>The same tokens, but counts of others.</summary>
    internal RoutingSums WithCountsOf(RoutingSums others) => this with
    {
        CountedTokens = others.CountedTokens,
        Chosen = others.Chosen,
        First = others.First,
    };

    private static T[] Add<T>(IReadOnlyList<RoutingSums> parts, Func<RoutingSums, T[]> of)
        where T : struct, INumber<T>
    {
        var total = new T[of(parts[0]).Length];
        foreach (var part in parts)
        {
            var values = of(part);
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += values[i];
            }
        }

        return total;
    }
}
