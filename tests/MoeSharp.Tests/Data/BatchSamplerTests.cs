using System.Text;
using System.Text.Json;
using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class BatchSamplerTests
{
    // Every value occurs once, so that a window tells where it comes from.
    private static readonly byte[] s_text = [.. Enumerable.Range(0, 250).Select(i => (byte)i)];

    [Theory]
    [InlineData(250, 7)]
    [InlineData(250, 1)]
    [InlineData(8, 7)]
    [InlineData(14, 7)]
    [InlineData(15, 7)]
    public void Each_epoch_visits_each_window_once_in_an_order_of_its_own(int length, int context)
    {
        var sampler = new BatchSampler(s_text[..length], context, seed: 5);
        var orders = new List<string>();
        for (var epoch = 0; epoch < 20; epoch++)
        {
            Assert.Equal(epoch, sampler.State.Epoch);
            var windows = sampler.WindowsPerEpoch;
            var starts = new List<int>();
            for (var i = 0; i < windows; i++)
            {
                starts.Add(Window(sampler)[0]);
            }

            orders.Add(string.Join(' ', starts));
            var offset = starts.Min();
            Assert.InRange(offset, 0, context - 1);
            Assert.Equal(Enumerable.Range(0, windows).Select(i => offset + (i * context)), starts.Order());
            Assert.InRange(length - 1 - (offset + (windows * context)), 0, context - 1);

            // The next epoch begins with its first window.
            var state = sampler.State;
            Window(sampler);
            sampler = new BatchSampler(s_text[..length], state with { Epoch = epoch + 1, Position = 0 });
        }

        Assert.True(length < 20 || orders.Distinct().Count() == 20, "two epochs went the same way");
    }

    [Fact]
    public void A_window_is_consecutive_ids()
    {
        var sampler = new BatchSampler(s_text, context: 7, seed: 0);
        var window = Window(sampler);
        Assert.Equal(Enumerable.Range(window[0], 8), window);
        var batch = new long[3 * 8];
        new BatchSampler(s_text, context: 7, seed: 0).Next<long>(batch);
        Assert.Equal(window.Select(id => (long)id), batch.Take(8));
    }

    [Fact]
    public void The_sequence_is_the_same_on_every_machine()
    {
        var sampler = new BatchSampler(s_text, context: 50, seed: 42);

        // Fixed numbers: four windows of one epoch, then the next one's, from another offset.
        Assert.Equal([10, 160, 110, 60, 68, 168], Enumerable.Range(0, 6).Select(_ => Window(sampler)[0]));
    }

    // The values published for the reference implementation, seed 1234567.
    [Fact]
    public void Random_bits_are_those_of_SplitMix64()
    {
        var random = new SplitMix64(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.Next(), random.Next(), random.Next()]);
    }

    [Fact]
    public void A_sampler_resumed_from_any_state_gives_exactly_the_rest()
    {
        const int Batches = 60;
        var whole = new BatchSampler(s_text, context: 9, seed: 3);
        var states = new List<string>();
        var batches = new List<int[]>();
        for (var i = 0; i < Batches; i++)
        {
            states.Add(JsonSerializer.Serialize(whole.State));
            batches.Add(Batch(whole));
        }

        Assert.True(whole.State.Epoch > 5, "the test must cross epochs");
        for (var from = 0; from < Batches; from += 7)
        {
            var resumed = new BatchSampler(s_text, JsonSerializer.Deserialize<SamplerState>(states[from])!);
            for (var i = from; i < Batches; i++)
            {
                Assert.Equal(batches[i], Batch(resumed));
            }

            Assert.Equal(whole.State, resumed.State);
        }
    }

    [Fact]
    public void Seeds_differ() => Assert.NotEqual(Batch(new BatchSampler(s_text, 9, seed: 1)), Batch(new BatchSampler(s_text, 9, seed: 2)));

    [Fact]
    public void A_batch_allocates_nothing()
    {
        var sampler = new BatchSampler(s_text, context: 9, seed: 3);
        var batch = new int[20];
        sampler.Next<int>(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            sampler.Next<int>(batch);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void What_cannot_work_is_refused_with_the_numbers()
    {
        Says<TextDataException>("8 bytes", () => new BatchSampler(s_text[..8], 8, 0));
        Says<ArgumentException>("8 ids", () => new BatchSampler(s_text, 7, 0).Next<int>(new int[9]));
        var state = new BatchSampler(s_text, 7, 0).State;
        Says<TextDataException>("another training text", () => new BatchSampler(s_text[1..], state));
        Says<TextDataException>("damaged", () => new BatchSampler(s_text, state with { Position = 99 }));
    }

    [Fact]
    public void Bytes_are_tokens_both_ways()
    {
        const string Text = "Gets the é ≤ 😀\n";
        var ids = ByteTokenizer.Encode(Text);
        Assert.Equal(Encoding.UTF8.GetByteCount(Text), ids.Length);
        Assert.Equal(Text, ByteTokenizer.Decode<int>(ids));
        Assert.Equal("a\uFFFDb", ByteTokenizer.Decode<long>([97, 0xC3, 98]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ByteTokenizer.Decode<int>([256]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ByteTokenizer.Decode<long>([-1]));
    }

    private static void Says<T>(string expected, Action act)
        where T : Exception => Assert.Contains(expected, Assert.Throws<T>(act).Message, StringComparison.Ordinal);

    private static int[] Batch(BatchSampler sampler)
    {
        var batch = new int[3 * (sampler.Context + 1)];
        sampler.Next<int>(batch);
        return batch;
    }

    private static int[] Window(BatchSampler sampler)
    {
        var window = new int[sampler.Context + 1];
        sampler.Next<int>(window);
        return window;
    }
}
