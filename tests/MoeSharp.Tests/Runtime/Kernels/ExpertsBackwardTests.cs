using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>The order of the experts' rows and their weights' gradients, with even and uneven loads.</summary>
[Collection("Workers")]
public sealed class ExpertsBackwardTests : IDisposable
{
    private readonly int _count = Workers.Shared.Count;

    public void Dispose() => Workers.Shared.Count = _count;

    [Theory]
    [InlineData(2, false, 32)]
    [InlineData(2, true, 1)]
    [InlineData(16, false, 1)]
    public void EveryBlockIsDoneBeforeItsExpertsGradients(int workers, bool uneven, int calls)
    {
        Workers.Shared.Count = workers;
        var plan = Plan(tokens: 640, experts: 32, uneven);
        var done = new int[plan.ExpertCount];
        var blocks = 0;
        var ranges = new List<ExpertRange>();
        ExpertsBackward.Run(
            Workers.Shared,
            plan,
            block =>
            {
                Interlocked.Add(ref done[block.Expert], block.Rows);
                Interlocked.Increment(ref blocks);
            },
            range =>
            {
                for (var expert = range.First; expert < range.First + range.Count; expert++)
                {
                    Assert.Equal(plan.Offsets[expert + 1] - plan.Offsets[expert], Volatile.Read(ref done[expert]));
                }

                lock (ranges)
                {
                    ranges.Add(range);
                }
            });

        Assert.Equal(plan.Blocks.Count, blocks);
        Assert.Equal(calls, ranges.Count);
        Assert.Equal(Enumerable.Range(0, 32), ranges.SelectMany(range => Enumerable.Range(range.First, range.Count)).Order());
    }

    [Fact]
    public void TheBlocksOfAnExpertAreItsRows()
    {
        var plan = Plan(tokens: 640, experts: 32, uneven: true);
        Assert.Equal(plan.Blocks, Enumerable.Range(0, 32).SelectMany(expert => plan.BlocksOf(expert).ToArray()));
        Assert.All(plan.BlocksOf(3).ToArray(), block => Assert.Equal(3, block.Expert));
        Assert.True(plan.BlocksOf(31).IsEmpty);
    }

    // One expert a token: in turns, or half of all tokens to expert 3 and none to expert 31.
    private static unsafe DispatchPlan Plan(int tokens, int experts, bool uneven)
    {
        var chosen = Enumerable.Range(0, tokens).Select(token => uneven && token % 2 == 0 ? 3 : token % (uneven ? experts - 1 : experts)).ToArray();
        var plan = new DispatchPlan();
        fixed (int* pointer = chosen)
        {
            plan.Build(new Matrix<int>(pointer, tokens, 1), experts);
        }

        return plan;
    }
}
