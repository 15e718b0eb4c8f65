using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>The blocks of a plan: how rows are cut, also of a batch so large that rows times blocks is beyond 2^31, and which block follows which.</summary>
public unsafe class DispatchPlanTests
{
    [Fact]
    public void ManyTokensOfOneExpertAreCutWithoutGaps()
    {
        const int Tokens = 600_000;
        var experts = new int[Tokens];
        var plan = new DispatchPlan();
        fixed (int* pointer = experts)
        {
            plan.Build(new Matrix<int>(pointer, Tokens, 1), 1);
        }

        var next = 0;
        foreach (var block in plan.Blocks)
        {
            Assert.Equal(next, block.First);
            Assert.InRange(block.Rows, 1, 128);
            next += block.Rows;
        }

        Assert.Equal(Tokens, next);
    }

    // Expert 0 has 20 rows, 1 none, 2 has 7, 3 has 33, 4 none.
    [Fact]
    public void TheBlockAfterOneIsTheNextOfThePlan()
    {
        int[] loads = [20, 0, 7, 33, 0];
        var experts = loads.SelectMany((load, expert) => Enumerable.Repeat(expert, load)).ToArray();
        var plan = new DispatchPlan();
        fixed (int* pointer = experts)
        {
            plan.Build(new Matrix<int>(pointer, experts.Length, 1), loads.Length, blockRows: 8);
        }

        Assert.Equal(9, plan.Blocks.Count);
        for (var index = 0; index < plan.Blocks.Count; index++)
        {
            var next = index + 1 < plan.Blocks.Count ? plan.Blocks[index + 1] : default;
            var block = plan.Blocks[index] with { Place = 1000 };
            Assert.Equal(next, plan.After(block));
            Assert.Equal(next.Expert == block.Expert ? next : default, plan.AfterInExpert(block));
        }

        ExpertBlock[] firsts = [plan.Blocks[3], plan.Blocks[3], plan.Blocks[4], default, default];
        Assert.Equal(firsts, Enumerable.Range(0, loads.Length).Select(expert => plan.After(new ExpertRange(expert, 1))));
        Assert.Equal(default, plan.After(new ExpertRange(0, 2)));
    }
}
