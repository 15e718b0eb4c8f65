namespace MoeSharp.Modules;

/// <summary>Draws a token from logits.</summary>
internal static class Sampling
{
    /// <summary>An index drawn from <c>softmax(logits / temperature)</c>; the highest (the first of equals) at temperature 0.</summary>
    /// <exception cref="NotFiniteNumberException">A logit is not finite.</exception>
    public static int Draw(double[] logits, double temperature, Random random)
    {
        if (Array.FindIndex(logits, logit => !double.IsFinite(logit)) is >= 0 and var broken)
        {
            throw new NotFiniteNumberException(
                $"The model's logit of token {broken} is {logits[broken]}: its weights are damaged. Sample from another checkpoint.", logits[broken]);
        }

        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            best = logits[i] > logits[best] ? i : best;
        }

        if (temperature == 0)
        {
            return best;
        }

        var weights = logits.Select(logit => Math.Exp((logit - logits[best]) / temperature)).ToArray();
        var left = random.NextDouble() * weights.Sum();
        for (var i = 0; i < weights.Length; i++)
        {
            left -= weights[i];
            if (left < 0)
            {
                return i;
            }
        }

        return best;
    }
}
