using System.Diagnostics;

namespace MoeSharp.Runtime;

/// <summary>
/// The time inside matrix products, summed over the threads, for the benchmark. It runs where the switch <c>MoeSharp.ProductClock</c> is on when the
/// process starts; elsewhere the JIT leaves nothing of it. Reading the time takes time: who wants to know by how much measures pairs of
/// <see cref="Begin"/> and <see cref="End"/> with nothing between, and takes that off for each of the <see cref="Calls"/>.
/// </summary>
internal static class ProductClock
{
    private static readonly bool s_runs = AppContext.TryGetSwitch("MoeSharp.ProductClock", out var on) && on;
    private static long s_ticks;
    private static long s_calls;

    /// <summary>Seconds since the process started.</summary>
    public static double Seconds => (double)Interlocked.Read(ref s_ticks) / Stopwatch.Frequency;

    /// <summary>Products timed since the process started.</summary>
    public static long Calls => Interlocked.Read(ref s_calls);

    /// <summary>Begins a product on this thread; the result is for <see cref="End"/>.</summary>
    public static long Begin() => s_runs ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Ends the product.</summary>
    public static void End(long began)
    {
        if (s_runs)
        {
            Interlocked.Add(ref s_ticks, Stopwatch.GetTimestamp() - began);
            Interlocked.Increment(ref s_calls);
        }
    }
}
