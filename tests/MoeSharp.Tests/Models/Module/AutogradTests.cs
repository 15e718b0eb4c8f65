using System.Runtime.InteropServices;
using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>A layer inside someone's autograd graph.</summary>
public class AutogradTests
{
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void FrozenParametersGetNoGradient(Lowering lowering)
    {
        using var free = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        using var frozen = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering, arrange: layer => Named(layer, "experts.gate_up_proj").requires_grad = false);
        free.Backward();
        frozen.Backward();
        Assert.Null(Named(frozen.Layer, "experts.gate_up_proj").grad);
        foreach (var info in free.Layer.Parameters.Layout.Where(info => info.Name != "experts.gate_up_proj"))
        {
            Assert.Equal(free.GradientOf(info.Name).bytes.ToArray(), frozen.GradientOf(info.Name).bytes.ToArray());
        }

        Assert.Equal(free.Input.grad!.bytes.ToArray(), frozen.Input.grad!.bytes.ToArray());
    }

    [Fact]
    public void AnInputWithoutGradientIsFine()
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw();
        using var input = Draw.Normal(1, 1, ScalarType.Float32, 4, 8);
        layer.forward(input).sum().backward();
        Assert.Null(input.grad);
        Assert.All(layer.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void StridesDoNotMatter(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        scene.Backward();
        var strided = scene.Input.detach().transpose(1, 2).contiguous().transpose(1, 2).requires_grad_(true);
        Assert.False(strided.is_contiguous());
        var output = scene.Layer.forward(strided);
        output.backward([scene.Probe.transpose(0, 1).contiguous().transpose(0, 1)]);
        Assert.Equal(scene.Input.grad!.bytes.ToArray(), strided.grad!.contiguous().bytes.ToArray());
    }

    [Fact]
    public void AllFrozenTheInputStillGetsItsGradient()
    {
        using var free = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float64, Lowering.Kernels);
        using var frozen = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float64, Lowering.Kernels, arrange: layer =>
        {
            foreach (var parameter in layer.parameters())
            {
                parameter.requires_grad = false;
            }
        });
        free.Backward();
        frozen.Backward();
        Assert.Equal(free.Input.grad!.bytes.ToArray(), frozen.Input.grad!.bytes.ToArray());
        Assert.All(frozen.Layer.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void TwiceBeforeOneBackward(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SoftmaxRaw), ScalarType.Float64, lowering, [2, 3]);
        var twice = scene.Layer.forward(scene.Layer.forward(scene.Input));
        (twice * scene.Probe).sum().backward();

        var second = new ReferenceExperts(LayerCase.All[nameof(SoftmaxRaw)].Gate, scene.Leaves, string.Empty).Forward(scene.Reference.Y, 3);
        Assert.True(second.Margin > 1e-6, "The second choice may turn over by rounding.");
        (second.Y * scene.Probe.view(second.Y.shape)).sum().backward();
        Compare.Near(twice, second.Y.view(twice.shape), Compare.Double, "output");
        Compare.Near(scene.Input.grad!, scene.ReferenceInput.grad!, Compare.Double, "gradient of the input");
        Compare.Gradients(scene.Layer, scene.GradientOf, scene.Leaves, Compare.Double);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ARetainedGraphGivesTheSameGradientAgain(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        var loss = (scene.Layer.forward(scene.Input) * scene.Probe).sum();
        loss.backward(retain_graph: true);
        var once = scene.Input.grad!.clone();
        var router = scene.GradientOf("gate.weight").clone();
        loss.backward();
        Assert.Equal((once * 2).bytes.ToArray(), scene.Input.grad!.bytes.ToArray());
        Assert.Equal((router * 2).bytes.ToArray(), scene.GradientOf("gate.weight").bytes.ToArray());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ARepeatedForwardGivesTheSameBits(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float32, lowering);
        var first = scene.Layer.forward(scene.Input);
        using (no_grad())
        {
            Assert.Equal(first.bytes.ToArray(), scene.Layer.forward(scene.Input).bytes.ToArray());
        }

        Assert.Equal(first.bytes.ToArray(), scene.Layer.forward(scene.Input).bytes.ToArray());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ASecondDerivativeIsRefused(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SoftmaxRaw), ScalarType.Float64, lowering);
        var output = scene.Layer.forward(scene.Input);
        var gradient = autograd.grad([(output * output).sum()], [scene.Input], create_graph: true)[0];
        Assert.Throws<ExternalException>(() => (gradient * gradient).sum().backward());

        // Not silent either where another path to the leaves exists.
        output = scene.Layer.forward(scene.Input);
        gradient = autograd.grad([(output * output).sum()], [scene.Input], create_graph: true)[0];
        Assert.Throws<ExternalException>(() => ((gradient * gradient).sum() + (scene.Input * scene.Input).sum()).backward());
    }

    [Fact]
    public void TorchSharpsAdamWTrainsIt()
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups();
        Draw.Fill(layer, 5);
        var (input, target) = (Draw.Normal(6, 1, ScalarType.Float32, 2, 8, 10), Draw.Normal(7, 1, ScalarType.Float32, 2, 8, 10));
        using var optimizer = optim.AdamW(layer.parameters(), lr: 0.01);
        var losses = new List<double>();
        for (var step = 0; step < 60; step++)
        {
            optimizer.zero_grad();
            var difference = layer.forward(input) - target;
            var loss = (difference * difference).mean();
            loss.backward();
            optimizer.step();
            layer.UpdateBalance();
            losses.Add(loss.item<float>());
        }

        Assert.True(losses[^1] < losses[0] / 2, $"The loss went from {losses[0]} to {losses[^1]}.");
        foreach (var info in layer.Parameters.Layout)
        {
            var inBuffer = layer.Parameters.Weights.narrow(0, info.Offset, info.Elements);
            Assert.Equal(inBuffer.bytes.ToArray(), Named(layer, info.Name).detach().bytes.ToArray());
        }
    }

    private static Tensor Named(nn.Module module, string name) => module.named_parameters().Single(named => named.name == name).parameter;
}
