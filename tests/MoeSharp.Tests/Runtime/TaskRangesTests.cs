using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>Who gets which task.</summary>
public sealed class TaskRangesTests
{
    [Fact]
    public void AnOwnerTakesItsOwnTasksInOrderAndThenOthersFromTheirEnd()
    {
        var ranges = new TaskRanges(tasks: 7, ranges: 3);
        Assert.True(ranges.TryTake(0, out var another));
        Assert.Equal(0, another);
        Assert.Equal([2, 3, 6, 5, 4, 1], All(ranges, owner: 1));
        Assert.Empty(All(ranges, owner: 2));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 4)]
    [InlineData(3, 8)]
    [InlineData(100, 1)]
    public void EveryTaskIsThere(int tasks, int ranges) =>
        Assert.Equal(Enumerable.Range(0, tasks), All(new TaskRanges(tasks, ranges), owner: 0).Order());

    [Fact]
    public void NoTaskIsTakenTwiceWhereThreadsTakeEachOthersTasks()
    {
        const int Tasks = 200_000;
        var ranges = new TaskRanges(Tasks, ranges: 4);
        var taken = new int[Tasks];
        var threads = Enumerable.Range(0, 4).Select(owner => new Thread(() =>
        {
            // The first owner is slow: the others are done with theirs and take from its end while it takes from the beginning.
            while (ranges.TryTake(owner, out var task))
            {
                Interlocked.Increment(ref taken[task]);
                Thread.SpinWait(owner == 0 ? 20 : 0);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(taken, count => Assert.Equal(1, count));
    }

    private static List<int> All(TaskRanges ranges, int owner)
    {
        var tasks = new List<int>();
        while (ranges.TryTake(owner, out var task))
        {
            tasks.Add(task);
        }

        return tasks;
    }
}
