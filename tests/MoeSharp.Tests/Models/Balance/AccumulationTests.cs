using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>Balance losses over several micro-batches: weighed by their tokens, or over the whole step.</summary>
public class AccumulationTests
{
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void UnequalTokenCountsAreWeighedByAuxiliaryLossScale(Lowering lowering)
    {
        // Nine and three tokens: each micro-batch's loss is a mean over its own tokens, so a scale of 9/12 and 3/12 gives the mean over all.
        bool[] few = [true, false, false, true, false, false, false, false, false, false, true, false];
        using var first = LossCase.All[nameof(ManyLosses)].Scene(ScalarType.Float64, lowering, [3, 3]);
        using var second = LossCase.All[nameof(ManyLosses)].Scene(ScalarType.Float64, lowering, [3, 4], few);
        first.Layer.AuxiliaryLossScale = 9.0 / 12;
        first.Backward();
        second.Layer.AuxiliaryLossScale = 3.0 / 12;
        second.Backward();
        var sum = first.Layer.get_parameter("gate.weight")!.grad! + second.Layer.get_parameter("gate.weight")!.grad!;

        foreach (var (_, weight, of) in LossCase.All[nameof(ManyLosses)].Losses)
        {
            (of(first) * (weight * 9 / 12)).backward(retain_graph: true);
            (of(second) * (weight * 3 / 12)).backward(retain_graph: true);
        }

        Compare.Near(sum, first.Router.grad! + second.Router.grad!, 1e-9, "gradient of the router");
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AGlobalBatchInPartsIsTheBatchAsOne(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var whole = Model(lowering);
        using var parts = Model(lowering);
        var windows = Windows(sequences: 6, length: 8);
        var one = whole.Step(windows, 6, lossScale: 0, auxiliaryScale: 1);

        parts.CountStep(windows, batch: 2, microBatches: 3);
        Assert.All(parts.Loads, load => Assert.All(load.Counts, count => Assert.Equal(0, count)));
        var sum = 0.0;
        for (var part = 0; part < 3; part++)
        {
            sum += parts.Step(windows.AsSpan(part * 18, 18), 2, lossScale: 0, auxiliaryScale: 1.0 / 3).BalanceLoss / 3;
        }

        Assert.Equal(one.BalanceLoss, sum, 1e-12);
        Compare.Near(parts.Parameters.Gradient, whole.Parameters.Gradient, 1e-10, "gradient");
        Assert.True(whole.Parameters.Gradient.abs().max().item<double>() > 1e-6);
        Assert.Equal(whole.Loads.Select(load => load.Counts), parts.Loads.Select(load => load.Counts));

        // Without the counts each part is a batch of its own: not the same.
        using var apart = Model(lowering);
        for (var part = 0; part < 3; part++)
        {
            apart.Step(windows.AsSpan(part * 18, 18), 2, lossScale: 0, auxiliaryScale: 1.0 / 3);
        }

        Assert.True(Compare.Distance(apart.Parameters.Gradient, whole.Parameters.Gradient) > 1e-4);
    }

    [Fact]
    public void TheCountsHoldForOneStep()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Lowering.Kernels);
        model.CountStep(Windows(4, 8), batch: 2, microBatches: 2);
        Assert.NotNull(model.StepCounts);
        model.UpdateBalance();
        Assert.Null(model.StepCounts);
    }

    private static GlobalBatchModel Model(Lowering lowering)
    {
        var model = new GlobalBatchModel();
        model.to(ScalarType.Float64);
        model.Lowering = lowering;
        Draw.Fill(model, 3);
        return model;
    }

    private static int[] Windows(int sequences, int length)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, sequences * (length + 1)).Select(_ => random.Next(17))];
    }
}
