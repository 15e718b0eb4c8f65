using System.Runtime.CompilerServices;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>What the worker threads promise beside doing the work.</summary>
[Collection("Workers")]
public sealed class WorkersTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly int _count = Workers.Shared.Count;

    public void Dispose() => Workers.Shared.Count = _count;

    [Fact]
    public void EveryTaskIsDoneOnceWhetherWorkersSleepOrNot()
    {
        Workers.Shared.Count = 4;
        var done = new int[7];
        for (var run = 0; run < 400; run++)
        {
            // Long pauses let the workers fall asleep, short ones catch them on their way.
            Thread.SpinWait(run % 3 == 0 ? 50_000 : run * 10);
            Workers.Shared.Run(done.Length, task => Interlocked.Increment(ref done[task]));
        }

        Assert.All(done, count => Assert.Equal(400, count));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 2)] // fewer than there are
    [InlineData(2, 8)] // more than there are
    [InlineData(4, 1)]
    public void NoTwoThreadsHaveTheSameSeat(int workers, int threads)
    {
        // More threads are there than may work: the numbers must not be those of the threads.
        Workers.Shared.Count = 4;
        Workers.Shared.Run(64, _ => Thread.SpinWait(1000));
        Workers.Shared.Count = workers;
        var taken = new int[Math.Min(workers, threads)];
        var tasks = 0;
        for (var run = 0; run < 200; run++)
        {
            Workers.Shared.Run(16, threads, (_, seat) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref taken[seat]));
                Thread.SpinWait(200);
                Interlocked.Decrement(ref taken[seat]);
                Interlocked.Increment(ref tasks);
            });
        }

        Assert.Equal(200 * 16, tasks);
        Assert.Throws<ArgumentOutOfRangeException>(() => Workers.Shared.Run(1, 0, (_, _) => { }));
    }

    [Fact]
    public void AFailureReachesTheCallerAndTheNextRunWorks()
    {
        Workers.Shared.Count = 2;
        Assert.Throws<InvalidOperationException>(() => Workers.Shared.Run(8, task => throw new InvalidOperationException()));
        var sum = 0;
        Workers.Shared.Run(8, task => Interlocked.Add(ref sum, task));
        Assert.Equal(28, sum);
    }

    [Fact]
    public void AWorkerForgetsWhatItWorkedOn()
    {
        Workers.Shared.Count = 2;
        var reference = RunWithAnObject();
        for (var wait = 0; wait < 100 && reference.IsAlive; wait++)
        {
            // The worker may still be on its way out of the job.
            Thread.Sleep(10);
            GC.Collect();
        }

        Assert.False(reference.IsAlive);
    }

    [Fact]
    public void AWorkerDoesNotInheritItsFirstCallersContext()
    {
        // More than any other test asks for, so that threads are started here.
        Workers.Shared.Count = 9;
        var local = new AsyncLocal<int> { Value = 1 };
        var caller = Environment.CurrentManagedThreadId;
        using var others = new CountdownEvent(8);
        var seen = new int[9];
        Workers.Shared.Run(9, task =>
        {
            if (Environment.CurrentManagedThreadId == caller)
            {
                others.Wait(Long);
                return;
            }

            seen[task] = local.Value;
            others.Signal();
            others.Wait(Long);
        });

        Assert.True(others.IsSet);
        Assert.All(seen, value => Assert.Equal(0, value));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference RunWithAnObject()
    {
        var big = new byte[1000];
        using var both = new Barrier(2);
        Workers.Shared.Run(2, task =>
        {
            Assert.True(both.SignalAndWait(Long));
            big[task] = 1;
        });
        return new WeakReference(big);
    }
}
