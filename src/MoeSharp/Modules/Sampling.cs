namespace MoeSharp.Modules;

/// <summary>Draws a token from logits.</summary>
internal static class Sampling
{
    /// <summary>An index drawn from <c>softmax(logits / temperature)</c>; the highest (the first of equals) at temperature 0.</summary>
    public static int Draw(double[] logits, double temperature, Random random)
    {
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
