using System.Runtime.ExceptionServices;

namespace MoeSharp.Runtime;

/// <summary>
/// The worker threads behind the CPU kernels. Work is handed over as numbered tasks; the caller works too. How the work is cut into tasks is
/// the caller's business and depends on shapes alone, so results are the same, bit for bit, at any <see cref="Count"/>.
/// </summary>
public sealed class Workers
{
    // Kernels follow each other within microseconds: a worker looks for the next job this often before it goes to sleep.
    private const int SpinsBeforeSleep = 4000;

    private readonly Lock _oneCallerAtATime = new();
    private readonly SemaphoreSlim _sleepers = new(0);
    private int _sleeping;
    private int _started;
    private int _count = Environment.ProcessorCount;
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
        if (tasks <= 1 || _count == 1 || t_insideTask || !_oneCallerAtATime.TryEnter())
        {
            for (var task = 0; task < tasks; task++)
            {
                body(task);
            }

            return;
        }

        try
        {
            var helpers = Math.Min(_count, tasks) - 1;
            while (_started < helpers)
            {
                new Thread(Serve) { IsBackground = true, Name = $"MoeSharp worker {++_started}" }.Start();
            }

            var job = new Job(body, tasks, helpers);
            Volatile.Write(ref _job, job);
            Interlocked.MemoryBarrier();
            var asleep = Volatile.Read(ref _sleeping);
            if (asleep > 0)
            {
                _sleepers.Release(asleep);
            }

            job.Work();
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

    private void Serve()
    {
        Job? last = null;
        while (true)
        {
            var job = NextAfter(last);
            if (job.Join())
            {
                job.Work();
            }

            last = job;
        }
    }

    private Job NextAfter(Job? last)
    {
        for (var spin = 0; ; spin++)
        {
            if (Volatile.Read(ref _job) is { } job && job != last)
            {
                return job;
            }

            if (spin < SpinsBeforeSleep)
            {
                Thread.SpinWait(20);
                continue;
            }

            Interlocked.Increment(ref _sleeping);
            if (Volatile.Read(ref _job) is not { } late || late == last)
            {
                _sleepers.Wait();
            }

            Interlocked.Decrement(ref _sleeping);
            spin = 0;
        }
    }

    /// <summary>One call of <see cref="Run"/>: the tasks not yet claimed, and those not yet done.</summary>
    private sealed class Job(Action<int> body, int tasks, int helpers)
    {
        private int _seats = helpers;
        private int _next = -1;
        private int _done;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public bool Join() => Interlocked.Decrement(ref _seats) >= 0;

        public void Work()
        {
            t_insideTask = true;
            try
            {
                for (var task = Interlocked.Increment(ref _next); task < tasks; task = Interlocked.Increment(ref _next))
                {
                    try
                    {
                        body(task);
                    }
                    catch (Exception failure)
                    {
                        Failure ??= ExceptionDispatchInfo.Capture(failure);
                    }

                    Interlocked.Increment(ref _done);
                }
            }
            finally
            {
                t_insideTask = false;
            }
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
