using System.Runtime.Intrinsics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>log x in lanes, against .NET's scalar one in double.</summary>
public class LogarithmTests
{
    // Two units in the last place, relative to the value: near 1, where it is nearly 0, as well.
    private const double Double = 2 * 2.3e-16;
    private const double Single = 2 * 1.2e-7;

    [Fact]
    public void DoublesAreWithinTwoUnitsInTheLastPlace()
    {
        foreach (var x in Points(double.Epsilon))
        {
            var (expected, actual) = (Math.Log(x), Logarithm.Double(Vector512.Create(x))[0]);
            Assert.True(Math.Abs(actual - expected) <= Double * Math.Abs(expected), $"log {x} is {expected}, not {actual}");
        }
    }

    [Fact]
    public void FloatsAreWithinTwoUnitsInTheLastPlace()
    {
        foreach (var x in Points(float.Epsilon).Select(x => (float)x).Where(float.IsFinite))
        {
            var (expected, actual) = (Math.Log(x), Logarithm.Single(Vector512.Create(x))[0]);
            Assert.True(Math.Abs(actual - expected) <= Single * Math.Abs(expected), $"log {x} is {expected}, not {actual}");
        }
    }

    [Fact]
    public void ALaneDoesNotLookAtItsNeighbours()
    {
        // 0 is an expert whose score is none, or a lane beyond the last.
        var together = Logarithm.Double(Vector512.Create(0.3, 0, 1e-310, 1, 7, 0, double.NaN, 2));
        foreach (var (lane, x) in new[] { (0, 0.3), (2, 1e-310), (3, 1), (4, 7), (7, 2) })
        {
            Assert.Equal(Logarithm.Double(Vector512.Create(x))[0], together[lane]);
        }
    }

    /// <summary>Shares, numbers near 1, and numbers of all sizes down to the smallest there is.</summary>
    private static IEnumerable<double> Points(double smallest)
    {
        var (random, lowest) = (new Random(1), Math.Log(smallest));
        for (var i = 0; i < 10_000; i++)
        {
            yield return 1 - random.NextDouble();
            yield return 1 + ((random.NextDouble() - 0.5) * 1e-3);
            yield return Math.Max(smallest, Math.Exp((random.NextDouble() - 0.5) * -2 * lowest * 0.95));
        }

        foreach (var x in new[] { 1, smallest, 2 * smallest, Math.Sqrt(0.5), Math.BitDecrement(Math.Sqrt(0.5)), Math.Sqrt(2), 2 })
        {
            yield return x;
        }
    }
}
