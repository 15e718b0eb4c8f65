using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MoeSharp.Runtime;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The most that both cores can compute in fp32: fused multiply-adds on registers alone, no memory.</summary>
internal static class FusedMultiplyAdds
{
    private const int Parts = 64;
    private const int Turns = 200_000;
    private const int Chains = 12;

    private static readonly float[] s_sums = new float[Parts];

    /// <summary>FLOPs a second, one loop a core at once.</summary>
    public static double Rate()
    {
        var watch = Stopwatch.StartNew();
        Workers.Shared.Run(Parts, part => s_sums[part] = Vector512.IsHardwareAccelerated
            ? Loop<Vector512<float>, Lanes512<float>>(1 + part)
            : Loop<Vector256<float>, Lanes256<float>>(1 + part));
        var lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        return 2.0 * Parts * Turns * Chains * lanes / watch.Elapsed.TotalSeconds;
    }

    // Twelve sums that do not wait for one another: more than two units of a latency of five keep busy, and all in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe float Loop<TVector, TLanes>(float start)
        where TVector : unmanaged
        where TLanes : struct, ILanes<float, TVector>
    {
        var (x, y) = (TLanes.Broadcast(0.5f), TLanes.Broadcast(start));
        TVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var turn = 0; turn < Turns; turn++)
        {
            a = TLanes.MultiplyAdd(a, x, y);
            b = TLanes.MultiplyAdd(b, x, y);
            c = TLanes.MultiplyAdd(c, x, y);
            d = TLanes.MultiplyAdd(d, x, y);
            e = TLanes.MultiplyAdd(e, x, y);
            f = TLanes.MultiplyAdd(f, x, y);
            g = TLanes.MultiplyAdd(g, x, y);
            h = TLanes.MultiplyAdd(h, x, y);
            i = TLanes.MultiplyAdd(i, x, y);
            j = TLanes.MultiplyAdd(j, x, y);
            k = TLanes.MultiplyAdd(k, x, y);
            l = TLanes.MultiplyAdd(l, x, y);
        }

        // All sums are used, or the JIT would leave some out.
        var sums = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h)));
        sums = TLanes.Add(sums, TLanes.Add(TLanes.Add(i, j), TLanes.Add(k, l)));
        return *(float*)&sums;
    }
}
