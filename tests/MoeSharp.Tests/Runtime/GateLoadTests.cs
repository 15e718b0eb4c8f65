using System.Numerics;
using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Runtime.Kernels;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>The load that a gate's tasks add up, against counts and <c>−Σ p·log p</c> of plain loops in double over the same scores.</summary>
[Collection("Workers")]
public class GateLoadTests
{
    private const int Grain = 64;

    // A term is rounded three times, and its logarithm is within two units in the last place; sums are in double.
    private const double Single = 1e-6;

    // The same in double, where a thousand terms are summed as well.
    private const double Double = 1e-12;

    public static TheoryData<int, int, bool> Shapes => new()
    {
        { 1, 8, false },
        { 63, 16, true },
        { 64, 5, false },
        { 65, 17, true },
        { 200, 60, true },
        { 70, 1100, false },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Floats(int tokens, int experts, bool masked) => Check<float>(tokens, experts, masked, Single);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Doubles(int tokens, int experts, bool masked) => Check<double>(tokens, experts, masked, Double);

    /// <summary>Almost all is one expert's: the entropy is as small as a rounding of the largest score, and yet right to as many digits.</summary>
    [Fact]
    public void ASureGate()
    {
        float[] scores = [1 - 2e-7f, 1e-7f, 0, 3e-8f, 1e-42f];
        Assert.Equal(Entropy<float>(scores), OfRow<float>(scores), Single * Entropy<float>(scores));
        double[] same = [.. scores.Select(score => (double)score)];
        Assert.Equal(Entropy<double>(same), OfRow<double>(same), 1e-9 * Entropy<double>(same)); // 1 − 2e-7 has lost seven digits of sixteen
        Assert.Equal(0, OfRow<float>([0, 1, 0]));
    }

    [Fact]
    public void AScoreThatIsNoNumberIsSeen() => Assert.True(double.IsNaN(OfRow<float>([0.5f, float.NaN, 0.5f])));

    [Fact]
    public void ATaskAllocatesNothing()
    {
        var settings = new PassSettings(Grain, Grain, Training: true);
        using var scores = Scores<float>(Grain, 60);
        using var experts = Blocks.Integers(Grain, 4, 1, -1, 60);
        var load = new GateLoad(new RoutingLog(1, 60, 0), settings, 0, Grain);
        load.Add<float>(0, Grain, experts, scores);
        var before = GC.GetAllocatedBytesForCurrentThread();
        load.Add<float>(0, Grain, experts, scores);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Check<T>(int tokens, int count, bool masked, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(tokens);
        bool[]? mask = masked ? [.. Enumerable.Range(0, tokens).Select(_ => random.Next(3) > 0)] : null;
        using var scores = Scores<T>(tokens, count);
        using var experts = Blocks.Integers(tokens, 3, 7, -1, count);
        var counts = new long[count];
        var entropies = new List<double>();
        for (var token = 0; token < tokens; token++)
        {
            if (mask is null || mask[token])
            {
                foreach (var expert in experts.View.Row(token).ToArray().Where(expert => expert >= 0))
                {
                    counts[expert]++;
                }

                entropies.Add(Entropy<T>(scores.View.Row(token)));
            }
        }

        var before = Workers.Shared.Count;
        try
        {
            ExpertLoad[] loads = [.. new[] { 1, 2, 3 }.Select(workers => Run<T>(workers, experts, scores, mask))];
            Assert.All(loads, load => Assert.Equal(counts, load.Counts));
            Assert.Equal(entropies.Average(), loads[0].Entropy, tolerance * entropies.Average());
            Assert.Single(loads.Select(load => BitConverter.DoubleToInt64Bits(load.Entropy)).Distinct());
        }
        finally
        {
            Workers.Shared.Count = before;
        }
    }

    private static ExpertLoad Run<T>(int workers, Matrix<int> experts, Matrix<T> scores, bool[]? mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Workers.Shared.Count = workers;
        var log = new RoutingLog(layers: 1, scores.Columns, firstLayer: 0);
        var load = new GateLoad(log, new PassSettings(scores.Rows, scores.Rows, Training: true) { Mask = mask }, 0, Grain);
        Workers.Shared.For(scores.Rows, Grain, (first, end) => load.Add(first, end, experts, scores));
        Assert.Equal(0, log.Loads[0].Counts.Sum()); // a pass is in the report as a whole or not at all
        load.Report();
        return log.Loads[0];
    }

    /// <summary>From almost equal scores to almost one alone, some of them zero.</summary>
    private static Block<T> Scores<T>(int tokens, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(count);
        return new Block<T>(tokens, count, (token, expert) =>
            expert > 0 && random.Next(9) == 0 ? T.Zero : T.CreateTruncating((float)Math.Exp(-random.NextDouble() * (1 + (token % 20)))));
    }

    private static double Entropy<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var s = new double[scores.Length];
        for (var i = 0; i < s.Length; i++)
        {
            s[i] = double.CreateTruncating(scores[i]);
        }

        // log p of one that is nearly 1 by what it lacks.
        var z = s.Sum();
        return -s.Where(score => score > 0).Sum(score => score / z * (score > z / 2 ? double.LogP1((score - z) / z) : Math.Log(score / z)));
    }

    private static unsafe double OfRow<T>(ReadOnlySpan<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        fixed (T* row = scores)
        {
            return RouterEntropy.Of(new Matrix<T>(row, 1, scores.Length), 0, 1)[0];
        }
    }
}
