using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// GShard's random second expert (arXiv 2006.16668 algorithm 1): with g₂ its weight, normalised over the two, it is kept with probability min(1, 2·g₂). The first
/// one's weight stays what it was.
/// </summary>
public static class RandomSecond
{
    /// <summary>A token's draw.</summary>
    /// <param name="random">The numbers.</param>
    /// <param name="token">Which token.</param>
    /// <param name="scale">What the weights were multiplied by after they were normalised.</param>
    /// <param name="chosen">The two experts selected.</param>
    /// <param name="weights">Their weights; the second becomes 0 where it is dropped.</param>
    /// <param name="experts">Overwritten with the experts that see the token: the chosen ones, the second −1 where it is dropped.</param>
    public static void Keep<T>(GateRandom random, int token, double scale, ReadOnlySpan<int> chosen, Span<T> weights, Span<int> experts)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        chosen.CopyTo(experts);
        if (random.Draws(token) && IsDropped(random, token, double.CreateTruncating(weights[1]) / scale))
        {
            (experts[1], weights[1]) = (-1, T.Zero);
        }
    }

    /// <summary>A slot without an expert has no gradient: what was not computed becomes 0.</summary>
    public static void Clear<T>(ReadOnlySpan<int> experts, Span<T> dWeights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var k = 0; k < experts.Length; k++)
        {
            dWeights[k] = experts[k] < 0 ? T.Zero : dWeights[k];
        }
    }

    /// <summary>Whether the second expert of a token falls out.</summary>
    internal static bool IsDropped(GateRandom random, int token, double second) => random.Uniform(token) >= 2 * second;
}
