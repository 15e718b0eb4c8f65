using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>Outputs belong to the caller's scope, what the module keeps does not; the caller's thread is left as it was.</summary>
public class ScopeTests
{
    public static TheoryData<Lowering> Lowerings => [Lowering.Kernels, Lowering.Torch];

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void OutputsDieWithTheScope(Lowering lowering)
    {
        using var layer = new SigmoidGroups { Lowering = lowering };
        using var input = Draw.Normal(1, 1, ScalarType.Float32, 4, 10);
        Tensor onTape, offTape;
        using (NewDisposeScope())
        {
            onTape = layer.forward(input);
            using var noGrad = no_grad();
            offTape = layer.forward(input);
        }

        Assert.True(onTape.IsInvalid);
        Assert.True(offTape.IsInvalid);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void AnOutputOutlivesItsScopeWhenMoved(Lowering lowering)
    {
        using var layer = new SigmoidGroups { Lowering = lowering };
        using var outer = NewDisposeScope();
        var input = Draw.Normal(1, 1, ScalarType.Float32, 4, 10);
        Tensor output;
        using (NewDisposeScope())
        {
            output = layer.forward(input).MoveToOuterDisposeScope();
        }

        output.sum().backward();
        Assert.All(layer.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void WhatTheModuleKeepsDoesNot(Lowering lowering)
    {
        SparseModel model;
        StepResult first;
        using (NewDisposeScope())
        {
            model = new SparseModel { Lowering = lowering };
            model.to(ScalarType.Float64);
            first = model.Step([1, 2, 3, 4, 5, 6], 2, 1, 1);
            model.UpdateBalance();
            model.state_dict();
        }

        using var scope = NewDisposeScope();
        Assert.All(model.parameters(), parameter => Assert.False(parameter.IsInvalid));
        Assert.True(model.Parameters.Gradient.count_nonzero().item<long>() > 0);
        Assert.True(double.IsFinite(model.Step([1, 2, 3, 4, 5, 6], 2, 1, 1).LossSum));
        Assert.True(double.IsFinite(first.LossSum));
        model.UpdateBalance();
        model.Dispose();
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ACallLeavesNothingBehind(Lowering lowering)
    {
        using var layer = new SigmoidGroups { Lowering = lowering };
        using var input = Draw.Normal(1, 1, ScalarType.Float32, 4, 10).requires_grad_(true);
        Run();
        Run();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run();
        Run();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        void Run()
        {
            using var scope = NewDisposeScope();
            layer.forward(input).sum().backward();
            using var noGrad = no_grad();
            layer.forward(input);
            layer.UpdateBalance();
        }
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TheThreadIsLeftAsItWas(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel { Lowering = lowering };
        var threads = get_num_threads();
        foreach (var enabled in new[] { true, false })
        {
            using var mode = set_grad_enabled(enabled);
            model.forward(zeros(2, 3, dtype: ScalarType.Int64));
            model.Step([1, 2, 3, 4], 1, 1, 1);
            model.Evaluate([1, 2, 3, 4], 1);
            model.Generate([1], 2, 1, new Random(1));
            Assert.Throws<ArgumentException>(() => model.Step([1, 99], 1, 1, 1));
            Assert.Equal(enabled, is_grad_enabled());
            Assert.Same(scope, CurrentDisposeScope);
        }

        Assert.Equal(threads, get_num_threads());
    }
}
