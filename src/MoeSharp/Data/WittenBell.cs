namespace MoeSharp.Data;

/// <summary>
/// Interpolated Witten–Bell byte models of order 0 to <see cref="MaxOrder"/>, all from one pass over the training text:
/// <c>P(w | h) = (c(hw) + T(h) · P(w | h')) / (c(h) + T(h))</c>, where c counts occurrences in the training text, c(h) those followed by a
/// byte, T(h) is the number of distinct bytes that follow h, and h' is h without its oldest byte. The empty history interpolates with the
/// uniform 1/256; a history that never occurred has T(h) = c(h) = 0 and leaves the word to h'.
/// </summary>
/// <remarks>
/// Witten and Bell, "The zero-frequency problem", 1991 (method C), interpolated as in Chen and Goodman, "An empirical study of smoothing
/// techniques for language modeling", 1998. Exact: no pruning, no hashing. Needs about 8 bytes of memory a training byte while it is
/// built, and 9 bytes a distinct n-gram afterwards.
/// </remarks>
public sealed class WittenBell
{
    private readonly NGramTrie _grams;

    private WittenBell(NGramTrie grams, int maxOrder)
    {
        _grams = grams;
        MaxOrder = maxOrder;
    }

    /// <summary>The longest history, in bytes.</summary>
    public int MaxOrder { get; }

    /// <summary>Counts a text.</summary>
    /// <param name="training">The training text.</param>
    /// <param name="maxOrder">The longest history, 0 to 6.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxOrder"/> is not 0 to 6.</exception>
    public static WittenBell Train(ReadOnlySpan<byte> training, int maxOrder = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOrder);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxOrder, NGramTrie.MaxLength - 1);
        return new WittenBell(NGramTrie.Count(training, maxOrder + 1), maxOrder);
    }

    /// <summary>The probability of a byte after a history, by the model of order <c>min(history.Length, MaxOrder)</c>.</summary>
    /// <param name="history">The bytes before, oldest first; only the last <see cref="MaxOrder"/> are looked at.</param>
    /// <param name="next">The byte.</param>
    public double Probability(ReadOnlySpan<byte> history, byte next)
    {
        var probability = 1.0 / ByteTokenizer.Vocabulary;
        for (var order = 0; order <= Math.Min(MaxOrder, history.Length); order++)
        {
            probability = Interpolate(history[^order..], next, probability);
        }

        return probability;
    }

    /// <summary>
    /// The cross-entropy of a text under each model. The models stay as trained; the history is the text itself, so the first bytes, which
    /// have fewer bytes before them than the order, are predicted by the lower order.
    /// </summary>
    /// <param name="text">The text; every byte of it is predicted.</param>
    /// <returns>Bits per byte of the models of order 0 to <see cref="MaxOrder"/>.</returns>
    /// <exception cref="ArgumentException">The text is empty.</exception>
    public double[] BitsPerByte(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            throw new ArgumentException("The text to evaluate is empty.", nameof(text));
        }

        var bits = new double[MaxOrder + 1];
        for (var i = 0; i < text.Length; i++)
        {
            var probability = 1.0 / ByteTokenizer.Vocabulary;
            for (var order = 0; order <= MaxOrder; order++)
            {
                if (order <= i)
                {
                    probability = Interpolate(text.Slice(i - order, order), text[i], probability);
                }

                bits[order] -= Math.Log2(probability);
            }
        }

        for (var order = 0; order <= MaxOrder; order++)
        {
            bits[order] /= text.Length;
        }

        return bits;
    }

    private double Interpolate(ReadOnlySpan<byte> history, byte next, double lower)
    {
        var (following, distinct, count) = _grams.Lookup(history, next);
        return following == 0 ? lower : (count + (distinct * lower)) / (following + distinct);
    }
}
