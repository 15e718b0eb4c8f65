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
        Workers.Shared.Run(Parts, part => s_sums[part] = Vector512.IsHardwareAccelerated ? Wide(1 + part) : Narrow(1 + part));
        var lanes = Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;
        return 2.0 * Parts * Turns * Chains * lanes / watch.Elapsed.TotalSeconds;
    }

    // Twelve sums that do not wait for one another: more than two units of a latency of five keep busy, and all in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Wide(float start)
    {
        var (x, y) = (Vector512.Create(0.5f), Vector512.Create(start));
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var turn = 0; turn < Turns; turn++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Narrow(float start)
    {
        var (x, y) = (Vector256.Create(0.5f), Vector256.Create(start));
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (var turn = 0; turn < Turns; turn++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
            k = Vector256.FusedMultiplyAdd(k, x, y);
            l = Vector256.FusedMultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
