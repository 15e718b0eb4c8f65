using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Tests.Models.Recomputation;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>From the third step on neither the number of live tensors nor memory grows. Alone, since both are the process's.</summary>
[Collection("Workers")]
public class SteadyStateTests
{
    private const int Batch = 64;
    private const int Steps = 60;

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void StepsNeedNoMoreTensors(Lowering lowering)
    {
        using var model = new SparseModel { Lowering = lowering };
        var windows = Windows();
        Run(model, windows, 2);
        var (live, inThread) = (Tensor.TotalCount, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Run(model, windows, 5);
        Assert.Equal(inThread, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.True(Tensor.TotalCount <= live, $"{live} tensors after two steps, {Tensor.TotalCount} after seven.");
    }

    /// <summary>What a block computes again is gone with it, in TorchSharp's operations too.</summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void StepsThatComputeBlocksAgainNeedNoMoreTensors(Lowering lowering)
    {
        using var model = new DeepBlock { Lowering = lowering };
        var windows = Windows();
        Run(model, windows, 2);
        var (live, inThread) = (Tensor.TotalCount, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Run(model, windows, 5);
        Assert.Equal(inThread, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.True(Tensor.TotalCount <= live, $"{live} tensors after two steps, {Tensor.TotalCount} after seven.");
    }

    [Fact]
    public void CompiledStepsNeedNoMoreMemory()
    {
        using var model = new SparseModel();
        var windows = Windows();
        Run(model, windows, 3);
        var before = WorkingSet();
        Run(model, windows, Steps);

        // A step's arena, of which one each would be left behind: some hundred megabytes in all.
        var arena = SparseModel.Card.ActivationBytes / 8 * Batch * 8;
        var allowed = Steps * arena / 4;
        Assert.True(WorkingSet() - before < allowed, $"{(WorkingSet() - before) >> 20} MiB more after {Steps} steps; an arena is {arena >> 20} MiB.");
    }

    [Fact]
    public void CompiledStepsMakeAsManyShortLivedTensorsEach()
    {
        using var model = new SparseModel();
        var windows = Windows();
        Run(model, windows, 2);
        Assert.Equal(Made(), Made());

        long Made()
        {
            var before = DisposeScopeManager.Statistics.CreatedInScopeCount + DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
            Run(model, windows, 1);
            return DisposeScopeManager.Statistics.CreatedInScopeCount + DisposeScopeManager.Statistics.CreatedOutsideScopeCount - before;
        }
    }

    private static int[] Windows()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, Batch * 9).Select(_ => random.Next(17))];
    }

    private static void Run(TransformerModule model, int[] windows, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            model.Step(windows, Batch, 0.01, 1);
            model.UpdateBalance();
        }
    }

    private static long WorkingSet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
