namespace MoeSharp.Modules;

/// <summary>Draws a token from logits.</summary>
internal static class Sampling
{
    /// <summary>An index drawn from <c>softmax(logits / temperature)</c>; the highest (the first of equals) at temperature 0.</summary>
    /// <exception cref="NotFiniteNumberException">A logit is not finite.</exception>
    public static int Draw(ReadOnlySpan<double> logits, double temperature, Random random)
    {
        var best = 0;
        for (var i = 0; i < logits.Length; i++)
        {
            if (!double.IsFinite(logits[i]))
            {
                throw new NotFiniteNumberException(
                    $"The model's logit of token {i} is {logits[i]}: its weights are damaged. Sample from another checkpoint.", logits[i]);
            }

            best = logits[i] > logits[best] ? i : best;
        }

        if (temperature == 0)
        {
            return best;
        }

        var highest = logits[best];

        // Computed twice rather than kept: a token's sample allocates nothing.
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Weight(logit);
        }

        var left = random.NextDouble() * sum;
        for (var i = 0; i < logits.Length; i++)
        {
            left -= Weight(logits[i]);
            if (left < 0)
            {
                return i;
            }
        }

        return best;

        double Weight(double logit) => Math.Exp((logit - highest) / temperature);
    }
}
