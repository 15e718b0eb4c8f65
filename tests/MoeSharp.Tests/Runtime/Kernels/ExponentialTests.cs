using System.Runtime.Intrinsics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>e^x in lanes, against .NET's scalar one.</summary>
public class ExponentialTests
{
    // Two units in the last place of a double, relative to the value.
    private const double Tolerance = 2 * 2.3e-16;

    [Fact]
    public void DoublesAreWithinTwoUnitsInTheLastPlace()
    {
        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var x = i < 10_000 ? (random.NextDouble() - 0.5) * 2 : (random.NextDouble() - 0.5) * 1416;
            var (expected, actual) = (Math.Exp(x), Exponential.Double(Vector512.Create(x))[0]);
            Assert.True(Math.Abs(actual - expected) <= Tolerance * expected, $"e^{x} is {expected}, not {actual}");
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-0.0, 1)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(-709, 0)]
    [InlineData(709.8, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void TheEndsAreExact(double x, double expected) => Assert.Equal(expected, Exponential.Double(Vector512.Create(x))[3]);

    [Fact]
    public void ALaneDoesNotLookAtItsNeighbours()
    {
        // -∞ is what hides the keys of the future: it must not change how the others are computed.
        var together = Exponential.Double(Vector512.Create(-1.3, double.NegativeInfinity, 0.7, 800, -3, double.NaN, -700, 2));
        foreach (var (lane, x) in new[] { (0, -1.3), (2, 0.7), (4, -3), (6, -700), (7, 2) })
        {
            Assert.Equal(Exponential.Double(Vector512.Create(x))[0], together[lane]);
        }
    }

    [Fact]
    public void PowersOfTwoAreWithinTwoUnitsInTheLastPlace()
    {
        for (var x = -125f; x < 20; x += 0.0073f)
        {
            var expected = Math.Pow(2, x);
            Assert.Equal(expected, Exponential.PowerOfTwo(Vector512.Create(x))[0], 2 * 1.2e-7 * expected);
        }

        for (var x = -1020.0; x < 20; x += 0.0373)
        {
            var expected = Math.Pow(2, x);
            Assert.Equal(expected, Exponential.PowerOfTwo(Vector512.Create(x))[0], Tolerance * expected);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(-3, 0.125)]
    [InlineData(-1e30, 0)]
    [InlineData(1024, double.PositiveInfinity)]
    [InlineData(1e30, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.NaN, double.NaN)]
    public void TheEndsOfThePowersOfTwoAreExact(double x, double expected)
    {
        Assert.Equal(expected, Exponential.PowerOfTwo(Vector512.Create((float)x))[15]);
        Assert.Equal(expected, Exponential.PowerOfTwo(Vector512.Create(x))[7]);
    }
}
