namespace MoeSharp.Runtime;

/// <summary>
/// Numbered tasks, cut into one range a thread, so that a thread meets the same rows in one kernel after the other and finds them in its own cache: what the
/// other cores wrote last must be fetched from theirs, which costs as much as memory where they share none. A thread that is done with its own range takes from
/// the end of another's.
/// </summary>
internal sealed class TaskRanges
{
    // A range is one number, so that it changes in one step: the task after its last, and the next to be taken. Ranges lie two cache lines apart.
    private const int Stride = 16;
    private readonly long[] _ranges;

    /// <summary>Cuts the tasks from 0 to <paramref name="tasks"/> − 1.</summary>
    public TaskRanges(int tasks, int ranges)
    {
        Count = ranges;
        _ranges = new long[(ranges + 1) * Stride];
        for (var range = 0; range < ranges; range++)
        {
            Range(range) = Pack((int)((long)tasks * range / ranges), (int)((long)tasks * (range + 1) / ranges));
        }
    }

    /// <summary>Number of ranges.</summary>
    public int Count { get; }

    /// <summary>The next task for the owner of a range; false when none is left.</summary>
    public bool TryTake(int owner, out int task)
    {
        if (TryTake(owner, last: false, out task))
        {
            return true;
        }

        for (var step = 1; step < Count; step++)
        {
            if (TryTake((owner + step) % Count, last: true, out task))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryTake(int range, bool last, out int task)
    {
        while (true)
        {
            var seen = Volatile.Read(ref Range(range));
            var (next, end) = Unpack(seen);
            task = last ? end - 1 : next;
            if (next >= end)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref Range(range), last ? Pack(next, end - 1) : Pack(next + 1, end), seen) == seen)
            {
                return true;
            }
        }
    }

    private ref long Range(int range) => ref _ranges[(range + 1) * Stride];

    private static long Pack(int next, int end) => ((long)end << 32) | (uint)next;

    private static (int Next, int End) Unpack(long range) => ((int)range, (int)(range >> 32));
}
