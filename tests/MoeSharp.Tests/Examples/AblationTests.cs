using Ablation;
using MoeSharp.Tests.Training;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Examples;

/// <summary>The comparison of the example is a fair one, and says what its figures say.</summary>
public class AblationTests
{
    [Fact]
    public void TheContendersHaveTheSameParameters()
    {
        var mixtures = Contender.All.Where(each => each.PaperLoss is not 2.060).Select(each => each.Card).ToList();
        Assert.Equal(4, mixtures.Count);

        // Within 1 %: more would favour whoever has it.
        Assert.True(mixtures.Max(card => card.Parameters) < 1.01 * mixtures.Min(card => card.Parameters));
        Assert.True(Contender.All.Max(each => each.Card.ActiveParameters) < 1.01 * Contender.All.Min(each => each.Card.ActiveParameters));
    }

    [Fact]
    public void APairIsJudgedBeyondTheSeedsSpread()
    {
        var (dense, moe) = (Contender.All[0], Contender.All[1]);

        // 2.0 ± 0.1 and 1.5 ± 0.1: half a bit better. 2.0 ± 0.1 and 1.9 ± 0.1: within the seeds. 1.5 and 2.0: the other way round.
        Assert.Contains("+0.5000 bits, as in the paper", Verdict([1.9, 2.1], [1.4, 1.6]), StringComparison.Ordinal);
        Assert.Contains("no difference beyond the seeds'", Verdict([1.9, 2.1], [1.8, 2.0]), StringComparison.Ordinal);
        Assert.Contains("-0.5000 bits, the other way round", Verdict([1.4, 1.6], [1.9, 2.1]), StringComparison.Ordinal);

        // The bias is not in the paper's table.
        Assert.Contains("+0.5000 bits, better", Assert.Single(Comparison.Pairs([new(Contender.All[3], [2.0], []), new(Contender.All[4], [1.5], [])])), StringComparison.Ordinal);
        Assert.Equal(10, Comparison.Pairs([.. Contender.All.Select(each => new Outcome(each, [1.0], []))]).Count());

        string Verdict(double[] left, double[] right) => Assert.Single(Comparison.Pairs([new(dense, left, []), new(moe, right, [])]));
    }

    [Fact]
    public void EveryContenderTrains()
    {
        using var directory = new Data.TemporaryDirectory();
        Assert.All(Contender.All, contender =>
        {
            using var model = contender.Create();
            var options = new TrainerOptions { Steps = 2, Batch = 2, Out = Path.Combine(directory.Path, model.Description.Name), Output = TextWriter.Null };
            var result = new Trainer(model, TinyCorpus.Create(word: new string('x', 60)), options).Run();
            Assert.True(result.Completed);
            Assert.InRange(result.BitsPerByte!.Value, 0.1, 9); // untrained, a byte costs about 8 bits
        });
    }
}
