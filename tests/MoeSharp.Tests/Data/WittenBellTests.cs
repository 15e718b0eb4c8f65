using System.Text;
using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class WittenBellTests
{
    // A handful of double operations each: 1e-12 leaves room for their rounding and for nothing else.
    private const double Tolerance = 1e-12;

    // "abab": a and b twice each, so order 0 has c = 4, T = 2. After a: b, b (c = 2, T = 1). After b: a (c = 1, T = 1; the last b ends the text).
    [Theory]
    [InlineData("", "a", 257.0 / 768)] // (2 + 2/256) / (4 + 2)
    [InlineData("", "c", 1.0 / 768)] // (0 + 2/256) / (4 + 2)
    [InlineData("a", "b", 1793.0 / 2304)] // (2 + 1 · 257/768) / (2 + 1)
    [InlineData("b", "a", 1025.0 / 1536)] // (1 + 1 · 257/768) / (1 + 1)
    [InlineData("b", "c", 1.0 / 1536)] // (0 + 1 · 1/768) / (1 + 1)
    [InlineData("c", "a", 257.0 / 768)] // c never occurred: order 0 decides
    [InlineData("bbba", "b", 1793.0 / 2304)] // only the last byte of the history counts
    public void Probabilities_of_a_tiny_text_are_those_worked_by_hand(string history, string next, double expected)
    {
        var model = WittenBell.Train("abab"u8, maxOrder: 1);
        Assert.Equal(expected, model.Probability(Encoding.UTF8.GetBytes(history), (byte)next[0]), Tolerance);
    }

    [Fact]
    public void Bits_per_byte_run_over_the_text_from_an_empty_history()
    {
        var bits = WittenBell.Train("abab"u8, maxOrder: 1).BitsPerByte("ba"u8);
        Assert.Equal(-Math.Log2(257.0 / 768), bits[0], Tolerance);
        Assert.Equal(-(Math.Log2(257.0 / 768) + Math.Log2(1025.0 / 1536)) / 2, bits[1], Tolerance);
    }

    [Fact]
    public void Probabilities_sum_to_one_after_any_history()
    {
        var text = RandomText(3000, alphabet: 7, seed: 1);
        var model = WittenBell.Train(text);
        var random = new Random(2);
        for (var trial = 0; trial < 50; trial++)
        {
            // Eight letters, so that some histories never occurred; lengths on both sides of the order.
            var history = Enumerable.Range(0, random.Next(8)).Select(_ => (byte)random.Next(8)).ToArray();
            var sum = Enumerable.Range(0, 256).Sum(next => model.Probability(history, (byte)next));
            Assert.Equal(1.0, sum, Tolerance);
        }
    }

    [Fact]
    public void All_orders_agree_with_counting_each_n_gram_by_itself()
    {
        // All byte values, 0 and 255 included, and few enough of them that every order is seen and unseen.
        var training = RandomText(900, alphabet: 5, seed: 3, stretch: 63);
        var text = RandomText(60, alphabet: 5, seed: 4, stretch: 63);
        training[17] = 255;
        var expected = Enumerable.Range(0, 7).Select(order => BitsByDictionary(training, text, order)).ToArray();
        var actual = WittenBell.Train(training, maxOrder: 6).BitsPerByte(text);
        Assert.Equal(expected.Length, actual.Length);
        for (var order = 0; order < expected.Length; order++)
        {
            Assert.Equal(expected[order], actual[order], Tolerance);
        }
    }

    [Fact]
    public void An_untrained_model_is_uniform() => Assert.Equal([8.0, 8.0], WittenBell.Train([], maxOrder: 1).BitsPerByte("xyz"u8));

    [Fact]
    public void Impossible_orders_and_empty_texts_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => WittenBell.Train("ab"u8, maxOrder: 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => WittenBell.Train("ab"u8, maxOrder: -1));
        Assert.Throws<ArgumentException>(() => WittenBell.Train("ab"u8).BitsPerByte([]));
        Assert.Throws<ArgumentException>(() => GzipBaseline.BitsPerByte([]));
    }

    [Fact]
    public void Gzip_measures_one_member_with_its_header()
    {
        // A gzip member takes 10 bytes of header and 8 of trailer; a stored or coded byte adds at least one.
        Assert.InRange(GzipBaseline.BitsPerByte("x"u8), 8 * 19, 8 * 24);

        // Four equally likely letters hold two bits each: nothing goes below. Deflate spends up to a quarter more on chance repetitions.
        Assert.InRange(GzipBaseline.BitsPerByte(RandomText(100_000, alphabet: 4, seed: 5)), 2.0, 2.5);
    }

    private static double BitsByDictionary(byte[] training, byte[] text, int maxOrder)
    {
        var bits = 0.0;
        for (var i = 0; i < text.Length; i++)
        {
            var probability = 1.0 / 256;
            for (var order = 0; order <= Math.Min(maxOrder, i); order++)
            {
                var history = text.AsSpan(i - order, order);
                var followers = new Dictionary<byte, int>();
                for (var at = order; at < training.Length; at++)
                {
                    if (training.AsSpan(at - order, order).SequenceEqual(history))
                    {
                        followers[training[at]] = followers.GetValueOrDefault(training[at]) + 1;
                    }
                }

                if (followers.Count > 0)
                {
                    var backed = followers.GetValueOrDefault(text[i]) + (followers.Count * probability);
                    probability = backed / (followers.Values.Sum() + followers.Count);
                }
            }

            bits -= Math.Log2(probability);
        }

        return bits / text.Length;
    }

    private static byte[] RandomText(int length, int alphabet, int seed, int stretch = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)(random.Next(alphabet) * stretch))];
    }
}
