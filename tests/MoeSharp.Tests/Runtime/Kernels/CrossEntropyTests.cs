using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class CrossEntropyTests
{
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(65, 63)]
    [InlineData(17, 257)]
    public void TheLossIsTheFormula(int tokens, int vocab)
    {
        using var logits = Blocks.Random<double>(tokens, vocab, 1, 5);
        using var targets = Targets(tokens, vocab);
        var expected = Enumerable.Range(0, tokens).Where(t => targets.View[0, t] >= 0).Sum(t =>
            Math.Log(logits.View.Row(t).ToArray().Sum(Math.Exp)) - logits.View[t, targets.View[0, t]]);
        var before = logits.ToArray();
        Assert.Equal(expected, CrossEntropy.Forward<double>(s_workers, logits, targets), Numbers.Exact * Math.Max(1, expected));
        Assert.Equal(before, logits.ToArray());
        using var logits32 = Blocks.Random<float>(tokens, vocab, 1, 5);
        Assert.Equal(expected, CrossEntropy.ForwardBackward<float>(s_workers, logits32, targets, 1), Numbers.Single * Math.Max(1, expected));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(4, 65)]
    public void TheGradientIsTheDerivative(int tokens, int vocab)
    {
        using var logits = Blocks.Random<double>(tokens, vocab, 1, 5);
        using var targets = Targets(tokens, vocab);
        var expected = Numbers.Gradient(logits, () => 0.25 * CrossEntropy.Forward<double>(s_workers, logits, targets));
        Numbers.Close(expected, Gradient<double>(tokens, vocab), Numbers.Difference);
        Numbers.Close(expected, Gradient<float>(tokens, vocab).Widen(), Numbers.Single);
    }

    [Fact]
    public void TheSameAtAnyWorkerCount() => Numbers.SameBits(() => Gradient<float>(300, 257));

    [Fact]
    public void LargeLogitsAreSafeAndNaNIsNotHidden()
    {
        using var targets = new Block<int>(1, 1, (_, _) => 1);
        using var large = new Block<float>(1, 20, (_, column) => column == 1 ? 1e4f : -1e4f);
        Assert.Equal(0, CrossEntropy.ForwardBackward<float>(s_workers, large, targets, 1));
        Assert.All(large.ToArray(), value => Assert.Equal(0, value));
        for (var place = 0; place < 20; place++)
        {
            using var broken = new Block<float>(1, 20, (_, column) => column == place ? float.NaN : column);
            Assert.True(double.IsNaN(CrossEntropy.Forward<float>(s_workers, broken, targets)));
        }
    }

    [Fact]
    public void ATargetOutsideTheVocabularyIsNamed()
    {
        using var logits = new Block<float>(2, 5);
        using var targets = new Block<int>(1, 2, (_, column) => 5 * column);
        Assert.Contains("targets[1] is 5", Assert.Throws<ArgumentException>(() => CrossEntropy.Forward<float>(s_workers, logits, targets)).Message);
    }

    private static Block<int> Targets(int tokens, int vocab)
    {
        var random = new Random(7);
        return new Block<int>(1, tokens, (_, token) => token % 3 == 1 ? CrossEntropy.IgnoreIndex : random.Next(vocab));
    }

    private static T[] Gradient<T>(int tokens, int vocab)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var logits = Blocks.Random<T>(tokens, vocab, 1, 5);
        using var targets = Targets(tokens, vocab);
        CrossEntropy.ForwardBackward<T>(s_workers, logits, targets, 0.25);
        return logits.ToArray();
    }
}
