using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>The plan of a batch so large that rows times blocks is beyond 2^31.</summary>
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
}
