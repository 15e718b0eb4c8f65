using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>A declared balance loss of an embedded layer: its gradient is in backward whatever comes from above, in training only.</summary>
public class AuxiliaryLossTests
{
    [Theory]
    [InlineData(nameof(SigmoidGroups), Lowering.Kernels, 1)]
    [InlineData(nameof(SigmoidGroups), Lowering.Torch, 0.25)]
    [InlineData(nameof(SoftmaxNormalized), Lowering.Kernels, 0.25)]
    [InlineData(nameof(SoftmaxGroups), Lowering.Torch, 3)]
    public void DoesNotDependOnTheGradientFromAbove(string name, Lowering lowering, double scale)
    {
        using var scene = LayerScene.Make(name, ScalarType.Float64, lowering);
        scene.Layer.AuxiliaryLossScale = scale;
        (scene.Layer.forward(scene.Input) * 0).sum().backward();
        (scene.Reference.BalanceLoss * scale).backward();
        Compare.Near(scene.Input.grad!, scene.ReferenceInput.grad!, Compare.Double, "gradient of the input");
        Compare.Near(scene.GradientOf("gate.weight"), scene.Leaves["gate.weight"].grad!, Compare.Double, "gradient of the router");
        Assert.True(scene.Leaves["gate.weight"].grad!.abs().max().item<double>() > 1e-6, "There is a balance loss to be seen.");
        Assert.Equal(0, scene.GradientOf("experts.down_proj").count_nonzero().item<long>());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ScalesBesideTheTask(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float64, lowering);
        scene.Layer.AuxiliaryLossScale = 0.5;
        scene.Backward();
        scene.ReferenceBackward(auxiliaryScale: 0.5);
        Compare.Gradients(scene.Layer, scene.GradientOf, scene.Leaves, Compare.Double);
        Assert.Equal(scene.Reference.BalanceLoss.item<double>(), scene.Layer.BalanceLoss, 1e-12); // the value is not scaled
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void IsAbsentInEval(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        scene.Layer.eval();
        (scene.Layer.forward(scene.Input) * 0).sum().backward();
        Assert.Equal(0, scene.Input.grad!.count_nonzero().item<long>());
        Assert.Equal(0, scene.GradientOf("gate.weight").count_nonzero().item<long>());
        Assert.Equal(0, scene.Layer.BalanceLoss);
        Assert.All(scene.Layer.Loads[0].Counts, count => Assert.Equal(0, count));
    }

    [Fact]
    public void AddsUpUntilTheBalanceIsUpdated()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Layer.forward(scene.Input);
        scene.Layer.forward(scene.Input);
        Assert.Equal(2 * scene.Reference.BalanceLoss.item<double>(), scene.Layer.BalanceLoss, 1e-12);
        Assert.Equal(scene.Reference.Counts.Select(count => 2 * count), scene.Layer.Loads[0].Counts);
        scene.Layer.UpdateBalance();
        Assert.Equal(0, scene.Layer.BalanceLoss);
    }
}
