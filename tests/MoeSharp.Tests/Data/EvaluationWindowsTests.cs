using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class EvaluationWindowsTests
{
    [Theory]
    [InlineData(100, 10, 10)]
    [InlineData(101, 10, 10)]
    [InlineData(109, 10, 5)]
    [InlineData(100, 10, 3)]
    [InlineData(100, 10, 1)]
    [InlineData(10, 10, 10)]
    [InlineData(11, 10, 4)]
    public void Every_byte_is_counted_once_in_order_with_at_least_the_promised_context(int length, int context, int stride)
    {
        // Values from 100 on, each once: a window tells where it stands, and the line feed before the text (10) is recognised.
        var text = Enumerable.Range(0, length).Select(i => (byte)(100 + i)).ToArray();
        var windows = new EvaluationWindows(text, context, stride);
        var predicted = new List<int>();
        for (var window = 0; window < windows.Count; window++)
        {
            var ids = new int[context + 1];
            var counted = new int[1];
            windows.Fill<int>(window, ids, counted);
            Assert.InRange(counted[0], 1, window == 0 ? context : stride);
            Assert.Equal(window == 0 ? 10 : ids[1] - 1, ids[0]);
            for (var i = context + 1 - counted[0]; i <= context; i++)
            {
                Assert.Equal(ids[1] + i - 1, ids[i]);
                Assert.True(window == 0 || i >= context - stride + 1, "a target saw less than promised");
                predicted.Add(ids[i]);
            }
        }

        Assert.Equal(text.Select(value => (int)value), predicted);
    }

    [Fact]
    public void Rows_past_the_end_repeat_the_last_window_and_count_nothing()
    {
        var windows = new EvaluationWindows("abcdefg"u8.ToArray(), context: 3);
        var ids = new long[4 * 4];
        var counted = new int[4];
        windows.Fill<long>(1, ids, counted);
        Assert.Equal(3, windows.Count);
        Assert.Equal([3, 1, 0, 0], counted);
        Assert.Equal("cdef" + "defg" + "defg" + "defg", ByteTokenizer.Decode<long>(ids));
    }

    [Fact]
    public void What_cannot_work_is_refused_with_the_numbers()
    {
        var text = new byte[5];
        Assert.Contains("5 bytes", Assert.Throws<TextDataException>(() => new EvaluationWindows(text, 6)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EvaluationWindows(text, 3, 4));
        Assert.Throws<ArgumentException>(() => new EvaluationWindows(text, 3).Fill<int>(0, new int[5], new int[1]));
    }
}
