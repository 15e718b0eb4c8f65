using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace MoeSharp.Runtime;

/// <summary>
/// The worker threads behind the CPU kernels. Work is handed over as numbered tasks; the caller works too. How the work is cut into tasks is
/// the caller's business and depends on shapes alone, so results are the same, bit for bit, at any <see cref="Count"/>.
/// </summary>
public sealed class Workers
{
    // Kernels follow each other within microseconds: a worker looks for the next job this often, about half a millisecond, before it goes to
    // sleep. That is several times what waking it costs; longer would take the core from whoever else has work for it.
    private const int SpinsBeforeSleep = 700;

    private readonly Lock _oneCallerAtATime = new();
    private readonly SemaphoreSlim _sleepers = new(0);

    // Workers that sleep, or are about to, and were not called yet. Whoever takes one off releases a permit or is that worker: there are never
    // more permits than workers.
    private int _asleep;
    private int _started;
    private int _count = Environment.ProcessorCount;
    private long _jobs;
    private Job? _job;

    [ThreadStatic]
    private static bool t_insideTask;

    private Workers()
    {
    }

    /// <summary>The process's workers.</summary>
    public static Workers Shared { get; } = new();

    /// <summary>Threads that work at a time, the caller included. The default is the number of processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than one.</exception>
    public int Count
    {
        get => _count;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _count = value;
        }
    }

    /// <summary>Runs <paramref name="body"/> for every task from 0 to <paramref name="tasks"/> − 1, in any order, and returns when all are done.</summary>
    /// <remarks>A task that starts tasks of its own, or a second caller while the workers are taken, does the work where it is.</remarks>
    public void Run(int tasks, Action<int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Run(tasks, int.MaxValue, body.OnAnySeat);
    }

    /// <summary>Runs <paramref name="body"/> for every task as <see cref="Run(int, Action{int})"/> does, and tells it which of the threads it is on.</summary>
    /// <param name="tasks">Tasks in all.</param>
    /// <param name="threads">The most threads that may work, the caller included.</param>
    /// <param name="body">Gets the task, and a number less than <paramref name="threads"/> that no other thread has at the same time: whose working memory to use.</param>
    /// <param name="rest">
    /// What a thread that did a task turns to when none is left to begin, perhaps several at a time; for the last of them all tasks are done. It may be left out.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is less than one.</exception>
    public void Run(int tasks, int threads, Action<int, int> body, Action? rest = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        threads = Math.Min(Math.Min(threads, _count), tasks);
        if (threads <= 1 || t_insideTask || !_oneCallerAtATime.TryEnter())
        {
            for (var task = 0; task < tasks; task++)
            {
                body(task, 0);
            }

            rest?.Invoke();
            return;
        }

        try
        {
            var helpers = threads - 1;
            while (_started < helpers)
            {
                // Unsafe: a worker outlives the call, and must not keep the caller's execution context.
                var number = ++_started;
                new Thread(() => Serve(number)) { IsBackground = true, Name = $"MoeSharp worker {number}" }.UnsafeStart();
            }

            var job = new Job(body, rest, tasks, helpers, ++_jobs);
            Volatile.Write(ref _job, job);
            Interlocked.MemoryBarrier();
            for (var called = 0; called < helpers && TakeSleeper(); called++)
            {
                _sleepers.Release();
            }

            job.Work(owner: 0, seat: 0);
            job.WaitUntilDone();
            Volatile.Write(ref _job, null);
            job.Failure?.Throw();
        }
        finally
        {
            _oneCallerAtATime.Exit();
        }
    }

    /// <summary>
    /// Runs <paramref name="body"/> over the ranges that <paramref name="count"/> items are cut into, <paramref name="grain"/> items each (the last may be shorter).
    /// </summary>
    /// <param name="count">Items in all.</param>
    /// <param name="grain">Items a task.</param>
    /// <param name="body">Gets the first item and the one after the last.</param>
    public void For(int count, int grain, Action<int, int> body) =>
        Run((count + grain - 1) / grain, task => body(task * grain, Math.Min(count, (task + 1) * grain)));

    /// <summary>Takes one of the sleeping workers off the list; false when there is none.</summary>
    private bool TakeSleeper()
    {
        for (var asleep = Volatile.Read(ref _asleep); asleep > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _asleep, asleep - 1, asleep);
            if (seen == asleep)
            {
                return true;
            }

            asleep = seen;
        }

        return false;
    }

    private void Serve(int number)
    {
        // The number alone: a job holds its caller's objects, and this thread may not see another for hours.
        long last = 0;
        while (true)
        {
            last = ServeOnce(number, last);
        }
    }

    // Not inlined: the job must be gone from the frame of a worker that waits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long ServeOnce(int number, long last)
    {
        WaitForJobAfter(last);
        if (Volatile.Read(ref _job) is not { } job)
        {
            return last;
        }

        if (job.Number != last && job.Join() is { } seat)
        {
            job.Work(number, seat);
        }

        return job.Number;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForJobAfter(long last)
    {
        for (var spin = 0; ; spin++)
        {
            if (HasJobAfter(last))
            {
                return;
            }

            if (spin < SpinsBeforeSleep)
            {
                Thread.SpinWait(20);
                continue;
            }

            // First on the list, then another look: a caller posts first and reads the list then. One of the two sees the other.
            Interlocked.Increment(ref _asleep);
            if (!HasJobAfter(last) || !TakeSleeper())
            {
                _sleepers.Wait();
            }

            spin = 0;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool HasJobAfter(long last) => Volatile.Read(ref _job) is { } job && job.Number != last;

    /// <summary>One call of <see cref="Run(int, int, Action{int, int}, Action)"/>: the tasks not yet taken, and those not yet done.</summary>
    private sealed class Job(Action<int, int> body, Action? rest, int tasks, int helpers, long number)
    {
        private readonly TaskRanges _ranges = new(tasks, helpers + 1);
        private int _seats = helpers;
        private int _done;

        public long Number => number;

        public ExceptionDispatchInfo? Failure { get; private set; }

        /// <summary>A seat beside the caller's, which is 0; null when all are taken.</summary>
        public int? Join() => Interlocked.Decrement(ref _seats) is >= 0 and var left ? left + 1 : null;

        /// <summary>Does tasks until none is left, those of the thread's own range first: the caller's is the first, then those of the workers.</summary>
        public void Work(int owner, int seat)
        {
            // A job has fewer ranges than there are workers where it has few tasks, or the count was lowered.
            var range = owner % _ranges.Count;
            t_insideTask = true;
            var done = 0;
            for (; _ranges.TryTake(range, out var task); done++)
            {
                try
                {
                    body(task, seat);
                }
                catch (Exception failure)
                {
                    Failure ??= ExceptionDispatchInfo.Capture(failure);
                }
            }

            Finish(done);
            t_insideTask = false;
        }

        // Counted once a thread: a count that every task adds to goes from core to core with each, and what lies beside it in memory too.
        private void Finish(int done)
        {
            if (done == 0)
            {
                return;
            }

            try
            {
                rest?.Invoke();
            }
            catch (Exception failure)
            {
                Failure ??= ExceptionDispatchInfo.Capture(failure);
            }

            Interlocked.Add(ref _done, done);
        }

        public void WaitUntilDone()
        {
            var spin = default(SpinWait);
            while (Volatile.Read(ref _done) < tasks)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }
}

/// <summary>Tasks that do not ask which thread they are on.</summary>
internal static class SeatlessTasks
{
    /// <summary>A delegate of this holds the tasks themselves: a closure around them would be one allocation more in every run.</summary>
    public static void OnAnySeat(this Action<int> body, int task, int _) => body(task);
}
