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
    [InlineData(2, 640, 32, 32, false, 32)]
    [InlineData(2, 640, 32, 31, true, 1)]
    [InlineData(16, 640, 32, 32, false, 1)]
    [InlineData(1, 640, 32, 32, false, 32)]
    [InlineData(3, 640, 31, 31, false, 31)] // shares of different length
    [InlineData(3, 9600, 32, 32, false, 32)] // several blocks an expert
    [InlineData(2, 640, 32, 15, false, 32)] // the last of both shares are empty
    [InlineData(2, 0, 4, 4, false, 4)] // every pair was dropped
    public void EveryBlockIsDoneBeforeItsExpertsGradients(int workers, int tokens, int experts, int chosen, bool uneven, int calls)
    {
        Workers.Shared.Count = workers;
        var plan = Plan(tokens, experts, chosen, uneven);
        var done = new int[plan.ExpertCount];

        // Working memory: which row of the plan a place holds.
        var memory = new int[plan.Rows];
        var blocks = 0;
        var ranges = new List<ExpertRange>();
        ExpertsBackward.Run(
            Workers.Shared,
            plan,
            block =>
            {
                for (var row = 0; row < block.Rows; row++)
                {
                    Volatile.Write(ref memory[block.Place + row], block.First + row);
                }

                Interlocked.Add(ref done[block.Expert], block.Rows);
                Interlocked.Increment(ref blocks);
            },
            range =>
            {
                for (var expert = range.First; expert < range.First + range.Count; expert++)
                {
                    var count = plan.Offsets[expert + 1] - plan.Offsets[expert];
                    Assert.Equal(count, Volatile.Read(ref done[expert]));
                    var place = range.Place ?? plan.Offsets[expert];
                    Assert.Equal(Enumerable.Range(plan.Offsets[expert], count), memory.Skip(place).Take(count));
                }

                lock (ranges)
                {
                    ranges.Add(range);
                }
            });

        Assert.Equal(plan.Blocks.Count, blocks);
        Assert.Equal(calls, ranges.Count);
        Assert.Equal(Enumerable.Range(0, experts), ranges.SelectMany(range => Enumerable.Range(range.First, range.Count)).Order());
    }

    [Fact]
    public void TheBlocksOfAnExpertAreItsRows()
    {
        var plan = Plan(tokens: 640, experts: 32, chosen: 31, uneven: true);
        Assert.Equal(plan.Blocks, Enumerable.Range(0, 32).SelectMany(expert => plan.BlocksOf(expert).ToArray()));
        Assert.All(plan.BlocksOf(3).ToArray(), block => Assert.Equal(3, block.Expert));
        Assert.True(plan.BlocksOf(31).IsEmpty);
    }

    // One expert a token: some in turns, or half of all tokens to expert 3.
    private static unsafe DispatchPlan Plan(int tokens, int experts, int chosen, bool uneven)
    {
        var ofTokens = Enumerable.Range(0, tokens).Select(token => uneven && token % 2 == 0 ? 3 : token % chosen).ToArray();
        var plan = new DispatchPlan();
        fixed (int* pointer = ofTokens)
        {
            plan.Build(new Matrix<int>(pointer, tokens, 1), experts);
        }

        return plan;
    }
}
