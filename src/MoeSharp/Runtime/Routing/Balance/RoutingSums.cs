namespace MoeSharp.Runtime;

/// <summary>
/// What a gate did with some tokens, a batch's or a sequence's: sums over those that count, padding left out. Balance losses are functions of it alone,
/// so their arithmetic is the same on both lowerings.
/// </summary>
public sealed class RoutingSums
{
    /// <summary>Tokens, T.</summary>
    public required long Tokens { get; init; }

    /// <summary>The tokens that chose each expert, c, <c>[N]</c>.</summary>
    public required long[] Chosen { get; init; }

    /// <summary>The tokens whose K largest unbiased, ungrouped scores an expert is among, <c>[N]</c>; empty where no loss asks.</summary>
    public long[] Unbiased { get; init; } = [];

    /// <summary>Σ_t of the scores, or of the scores' shares where a gate's do not sum to one, <c>[N]</c>.</summary>
    public required double[] Scores { get; init; }

    /// <summary>N.</summary>
    public int Experts => Scores.Length;

    /// <summary><c>Σ_i slope_i·P_i</c>, P_i the mean score of expert i.</summary>
    public double Dot(double[] slope)
    {
        var sum = 0.0;
        for (var expert = 0; expert < slope.Length; expert++)
        {
            sum += slope[expert] * Scores[expert];
        }

        return Tokens == 0 ? 0 : sum / Tokens;
    }

    /// <summary>The sums over all tokens of several parts, added in their order.</summary>
    public static RoutingSums Of(IReadOnlyList<RoutingSums> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var total = new RoutingSums
        {
            Tokens = parts.Sum(part => part.Tokens),
            Chosen = new long[parts[0].Chosen.Length],
            Unbiased = new long[parts[0].Unbiased.Length],
            Scores = new double[parts[0].Scores.Length],
        };
        foreach (var part in parts)
        {
            Add(part.Chosen, total.Chosen);
            Add(part.Unbiased, total.Unbiased);
            Add(part.Scores, total.Scores);
        }

        return total;
    }

    private static void Add<T>(T[] part, T[] total)
        where T : struct, System.Numerics.INumber<T>
    {
        for (var i = 0; i < part.Length; i++)
        {
            total[i] += part[i];
        }
    }
}
