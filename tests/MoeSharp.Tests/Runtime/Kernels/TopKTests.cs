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
    public void AStableDescendingSortChoosesTheSame(int count, int k)
    {
        var random = new Random(count);
        for (var trial = 0; trial < 200; trial++)
        {
            // Few distinct values make ties; NaN and infinities among them.
            var scores = Enumerable.Range(0, count).Select(_ => random.Next(12) switch
            {
                0 => double.NaN,
                1 => double.NegativeInfinity,
                2 => double.PositiveInfinity,
                var value => value,
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
