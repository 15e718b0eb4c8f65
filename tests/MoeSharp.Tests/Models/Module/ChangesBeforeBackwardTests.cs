using System.Runtime.InteropServices;
using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>What happens to a module between a forward and its backward.</summary>
public class ChangesBeforeBackwardTests
{
    [Theory]
    [InlineData(Lowering.Kernels, ScalarType.Float32)]
    [InlineData(Lowering.Kernels, ScalarType.Float64)]
    [InlineData(Lowering.Torch, ScalarType.Float32)]
    [InlineData(Lowering.Torch, ScalarType.Float64)]
    public void AMoveLeavesBackwardTheWeightsOfForward(Lowering lowering, ScalarType from)
    {
        using var still = LayerScene.Make(nameof(SigmoidGroups), from, lowering);
        using var moved = LayerScene.Make(nameof(SigmoidGroups), from, lowering);
        still.Backward();
        var output = moved.Layer.forward(moved.Input);
        moved.Layer.to(from == ScalarType.Float32 ? ScalarType.Float64 : ScalarType.Float32);
        moved.Layer.Parameters.Weights.fill_(double.NaN);
        output.backward([moved.Probe]);
        Assert.Equal(still.Input.grad!.bytes.ToArray(), moved.Input.grad!.bytes.ToArray());

        // As in TorchSharp: the gradients went to the parameters that forward was given.
        Assert.All(moved.Layer.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void DisposalLeavesBackwardTheWeightsOfForward(Lowering lowering)
    {
        using var kept = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float32, lowering);
        using var disposed = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float32, lowering);
        kept.Backward();
        var output = disposed.Layer.forward(disposed.Input);
        disposed.Layer.Dispose();
        output.backward([disposed.Probe]);
        Assert.Equal(kept.Input.grad!.bytes.ToArray(), disposed.Input.grad!.bytes.ToArray());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AMovedModelGoesBackward(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel { Lowering = lowering };
        var ids = tensor(new long[] { 1, 2, 3, 4, 5, 6 }).view(2, 3);
        var logits = model.forward(ids);
        model.to(ScalarType.Float64);
        ids.zero_(); // the ids too may be written anew
        logits.sum().backward();
        Assert.All(model.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AnOptimisersStepIsRefused(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float32, lowering);
        using var optimizer = optim.SGD(scene.Layer.parameters(), 0.1);
        scene.Backward();
        var output = scene.Layer.forward(scene.Input);
        optimizer.step();
        var error = Assert.Throws<ExternalException>(() => output.backward([scene.Probe]));
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
        scene.Backward();
    }

    [Fact]
    public void AModelsChangedWeightsAreRefused()
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel();
        var logits = model.forward(tensor(new long[] { 1, 2, 3 }));
        model.load_state_dict(model.state_dict());
        Assert.Throws<ExternalException>(() => logits.sum().backward());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AnInputChangedInPlaceIsRefused(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups { Lowering = lowering };
        var leaf = Draw.Normal(1, 1, ScalarType.Float32, 2, 3, 11).requires_grad_(true);
        var input = (leaf * 2).narrow(2, 1, 10); // a view, not contiguous
        var output = layer.forward(input);
        input.add_(1);
        Assert.Throws<ExternalException>(() => output.sum().backward());
        layer.forward(input).sum().backward();
    }

    [Fact]
    public void AFreedGraphIsRefused()
    {
        using var scene = LayerScene.Make(nameof(SoftmaxRaw), ScalarType.Float32, Lowering.Kernels);
        var loss = scene.Layer.forward(scene.Input).sum();
        loss.backward();
        Assert.Throws<ExternalException>(() => loss.backward());
    }
}
