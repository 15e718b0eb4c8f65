using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>Which plan is found again, and which is made anew.</summary>
public unsafe class DispatchPlansTests
{
    private const int Experts = 3;
    private const int BlockRows = 2;

    [Fact]
    public void BackwardFindsThePlanOfEveryLayer()
    {
        var plans = new DispatchPlans(2);
        var first = Of(plans, [0, 1, 2, 0]);
        var second = Of(plans, [1, 1, 2, 0]);

        Assert.NotSame(first, second);
        Assert.Same(second, Of(plans, [1, 1, 2, 0]));
        Assert.Same(first, Of(plans, [0, 1, 2, 0]));
        Assert.Equal([0, 2, 3, 4], first.Offsets);
    }

    [Fact]
    public void TheOldestPlanMakesRoom()
    {
        var plans = new DispatchPlans(2);
        var first = Of(plans, [0, 1, 2, 0]);
        var second = Of(plans, [1, 1, 2, 0]);

        Assert.Same(first, Of(plans, [2, 2, -1, 0]));
        Assert.Equal([0, 1, 1, 3], first.Offsets);
        Assert.Equal([3, 0, 1], first.RowToken[..first.Rows]);
        Assert.Equal([1, 2, -1, 0], first.SlotRow);
        Assert.Same(second, Of(plans, [1, 1, 2, 0]));
    }

    // In memory used again another choice lies where the first one was, or the same numbers are of another shape.
    [Theory]
    [InlineData(new[] { 0, 1, 2, 1 }, 1, Experts, BlockRows)]
    [InlineData(new[] { 0, 1, 2 }, 1, Experts, BlockRows)]
    [InlineData(new[] { 0, 1, 2, 0 }, 2, Experts, BlockRows)]
    [InlineData(new[] { 0, 1, 2, 0 }, 1, Experts + 1, BlockRows)]
    [InlineData(new[] { 0, 1, 2, 0 }, 1, Experts, BlockRows + 1)]
    public void AnotherChoiceHasItsOwnPlan(int[] choice, int slots, int experts, int blockRows)
    {
        var plans = new DispatchPlans(1);
        Of(plans, [0, 1, 2, 0]);
        var expected = new DispatchPlan();
        fixed (int* pointer = choice)
        {
            var chosen = new Matrix<int>(pointer, choice.Length / slots, slots);
            expected.Build(chosen, experts, blockRows);
            var plan = plans.Of(chosen, experts, blockRows);

            Assert.Equal(expected.Blocks, plan.Blocks);
            Assert.Equal(expected.SlotRow, plan.SlotRow[..choice.Length]);
            Assert.Equal((expected.Tokens, expected.Slots, expected.ExpertCount), (plan.Tokens, plan.Slots, plan.ExpertCount));
        }
    }

    [Fact]
    public void AChoiceThatWasRefusedIsRefusedAgain()
    {
        var plans = new DispatchPlans(1);
        Of(plans, [0, 1, 2, 0]);

        Assert.Throws<ArgumentException>(() => Of(plans, [0, 1, 2, Experts]));
        Assert.Throws<ArgumentException>(() => Of(plans, [0, 1, 2, Experts]));
    }

    // A column of a wider matrix: rows do not follow each other in memory.
    private static DispatchPlan Of(DispatchPlans plans, int[] choice)
    {
        var wide = new int[choice.Length, 3];
        for (var token = 0; token < choice.Length; token++)
        {
            (wide[token, 0], wide[token, 1], wide[token, 2]) = (-7, choice[token], -7);
        }

        fixed (int* pointer = wide)
        {
            return plans.Of(new Matrix<int>(pointer + 1, choice.Length, 1, 3), Experts, BlockRows);
        }
    }
}
