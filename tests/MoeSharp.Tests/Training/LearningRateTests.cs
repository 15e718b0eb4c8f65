using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

public class LearningRateTests
{
    // Worked by hand: warm-up 4 of 12 steps, down to a tenth; the cosine's quarter points are exact.
    [Theory]
    [InlineData(1, 0.25)]
    [InlineData(2, 0.5)]
    [InlineData(4, 1.0)]
    [InlineData(6, 0.1 + (0.9 * 0.8535533905932737))]
    [InlineData(8, 0.55)]
    [InlineData(10, 0.1 + (0.9 * 0.14644660940672624))]
    [InlineData(12, 0.1)]
    [InlineData(13, 0.1)]
    public void Warm_up_and_cosine(int step, double expected) => Assert.Equal(expected, LearningRate.WarmupCosine(4, 0.1).Factor(step, 12), 12);

    [Fact]
    public void Without_a_warm_up_the_cosine_begins_at_once() => Assert.Equal(0.5, LearningRate.WarmupCosine(0, 0).Factor(5, 10), 12);

    [Fact]
    public void A_run_shorter_than_its_warm_up_ends_within_it() => Assert.Equal(0.3, LearningRate.WarmupCosine(10).Factor(3, 3), 12);

    [Fact]
    public void Constant_is_constant() => Assert.All([1, 50, 100], step => Assert.Equal(1, LearningRate.Constant.Factor(step, 100)));
}
