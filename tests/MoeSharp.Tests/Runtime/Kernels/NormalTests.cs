using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>The normal distribution, against values of the C library's <c>erfc</c>.</summary>
public class NormalTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)]
    [InlineData(-1, 0.15865525393145707)]
    [InlineData(2.9999, 0.998649658717045)]
    [InlineData(-2.9999, 0.0013503412829549248)]
    [InlineData(3.0, 0.9986501019683699)]
    [InlineData(-3.0, 0.0013498980316300957)]
    [InlineData(3.0001, 0.9986505450867393)]
    [InlineData(-3.0001, 0.001349454913260717)]
    [InlineData(5, 0.9999997133484281)]
    [InlineData(-5, 2.866515718791946e-07)]
    [InlineData(-8, 6.220960574271819e-16)]
    [InlineData(-20, 2.7536241186063314e-89)]
    [InlineData(12, 1)]
    [InlineData(-40, 0)]
    public void TheProbabilityOfAtMostX(double x, double expected) => Assert.Equal(expected, Normal.Cdf(x), 1e-13 * expected);

    [Fact]
    public void NotANumberStaysNone() => Assert.True(double.IsNaN(Normal.Cdf(double.NaN)));
}
