using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

public class TopKTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(17, 2)]
    [InlineData(64, 8)]
    [InlineData(65, 6)]
    [InlineData(256, 8)]
    public void AStableDescendingSortChoosesTheSame(int count, int k) => IsAStableSort(count, k, mayBeNaN: true);

    // Few enough for registers, where none is NaN: one of float, of double, and up to four of each. Mostly -inf: some of it is chosen too.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(8, 8)]
    [InlineData(15, 4)]
    [InlineData(16, 3)]
    [InlineData(17, 17)]
    [InlineData(31, 6)]
    [InlineData(32, 8)]
    [InlineData(33, 5)]
    [InlineData(48, 8)]
    [InlineData(63, 63)]
    [InlineData(64, 8)]
    public void SoItDoesWithoutNaN(int count, int k) => IsAStableSort(count, k, mayBeNaN: false);

    [Fact]
    public void BothZerosAreEqual()
    {
        var chosen = new int[3];
        TopK.Select([-1f, -0f, 0f, -0f], chosen);
        Assert.Equal([1, 2, 3], chosen);
    }

    private static void IsAStableSort(int count, int k, bool mayBeNaN)
    {
        var random = new Random(count);
        for (var trial = 0; trial < 200; trial++)
        {
            // Few distinct values make ties; NaN and infinities among them.
            var scores = Enumerable.Range(0, count).Select(_ => random.Next(mayBeNaN ? 0 : 1, 12) switch
            {
                0 => double.NaN,
                1 => double.NegativeInfinity,
                2 => double.PositiveInfinity,
                var value => !mayBeNaN && trial % 2 == 1 && value < 10 ? double.NegativeInfinity : value,
            }).ToArray();
            var expected = Enumerable.Range(0, count).OrderBy(i => double.IsNaN(scores[i])).ThenByDescending(i => scores[i]).Take(k).ToArray();
            var chosen = new int[k];
            TopK.Select<double>(scores, chosen);
            Assert.Equal(expected, chosen);
            TopK.Select<float>(Array.ConvertAll(scores, score => (float)score), chosen);
            Assert.Equal(expected, chosen);
        }
    }

    [Fact]
    public void MoreThanThereAreIsRefused() =>
        Assert.Contains("3 indices", Assert.Throws<ArgumentException>(() => TopK.Select<float>(new float[2], new int[3])).Message);
}
