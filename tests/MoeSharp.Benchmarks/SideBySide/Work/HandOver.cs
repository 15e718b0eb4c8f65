using System.Diagnostics;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>
/// How long a cache line that one thread has written takes to another. Virtual processors move: on cores that share a last-level cache it is some 40 ns, on
/// others several times that, and all that threads hand each other takes as much longer.
/// </summary>
internal static class HandOver
{
    private const int Turns = 100_000;
    private const int WarmUps = 20_000;

    /// <summary>Nanoseconds, one way.</summary>
    public static double Nanoseconds()
    {
        var turn = 0;
        var other = new Thread(() => Answer(ref turn)) { IsBackground = true };
        other.Start();
        Ask(ref turn, WarmUps);
        var watch = Stopwatch.StartNew();
        Ask(ref turn, Turns);
        var elapsed = watch.Elapsed;
        other.Join();
        return elapsed.TotalNanoseconds / (2 * Turns);
    }

    private static void Ask(ref int turn, int times)
    {
        for (var time = 0; time < times; time++)
        {
            Volatile.Write(ref turn, 1);
            Await(ref turn, 0);
        }
    }

    private static void Answer(ref int turn)
    {
        for (var time = 0; time < WarmUps + Turns; time++)
        {
            Await(ref turn, 1);
            Volatile.Write(ref turn, 0);
        }
    }

    // Looks on without a pause, but leaves the processor to the other thread where there is only one.
    private static void Await(ref int turn, int value)
    {
        for (var look = 1; Volatile.Read(ref turn) != value; look++)
        {
            if (look % 10_000 == 0)
            {
                Thread.Yield();
            }
        }
    }
}
