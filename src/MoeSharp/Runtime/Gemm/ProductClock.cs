using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>
/// The time inside matrix products, summed over the threads, for the benchmark. It runs where the switch <c>MoeSharp.ProductClock</c> is on when the
/// process starts; elsewhere the JIT leaves nothing of it. Reading the time takes time: who wants to know by how much measures pairs of
/// <see cref="Begin"/> and <see cref="End"/> with nothing between, and takes that off for each of the <see cref="Calls"/>.
/// </summary>
internal static class ProductClock
{
    private static readonly bool s_runs = AppContext.TryGetSwitch("MoeSharp.ProductClock", out var on) && on;
    private static readonly List<Count> s_counts = [];

    [ThreadStatic]
    private static Count? t_count;

    /// <summary>Seconds since the process started.</summary>
    public static double Seconds => (double)Sum(count => Volatile.Read(ref count.Ticks)) / Stopwatch.Frequency;

    /// <summary>Products timed since the process started.</summary>
    public static long Calls => Sum(count => Volatile.Read(ref count.Calls));

    /// <summary>Begins a product on this thread; the result is for <see cref="End"/>.</summary>
    public static long Begin() => s_runs ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Ends the product.</summary>
    public static void End(long began)
    {
        if (s_runs)
        {
            var count = t_count ?? New();
            count.Ticks += Stopwatch.GetTimestamp() - began;
            count.Calls++;
        }
    }

    private static Count New()
    {
        t_count = new Count();
        lock (s_counts)
        {
            s_counts.Add(t_count);
        }

        return t_count;
    }

    private static long Sum(Func<Count, long> part)
    {
        lock (s_counts)
        {
            return s_counts.Sum(part);
        }
    }

    /// <summary>A thread's own, in cache lines of its own: a number that all threads add to would go from core to core with every product.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private sealed class Count
    {
        [FieldOffset(128)]
        public long Ticks;

        [FieldOffset(136)]
        public long Calls;
    }
}
