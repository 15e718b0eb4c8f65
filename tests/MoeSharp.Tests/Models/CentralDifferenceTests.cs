using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>
/// Gradients against central differences of the module's own loss in float64, over some entries of every tensor. The reference is not needed here: whatever
/// forward computes, backward must be its derivative.
/// </summary>
public class CentralDifferenceTests
{
    // Truncation is of the order of Step², 1e-10; rounding of 1e-16·loss/Step, about 1e-10 for a loss of 10.
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;
    private const double Rounding = 2e-9;
    private const int Samples = 4;

    [Theory]
    [MemberData(nameof(LayerCase.Names), MemberType = typeof(LayerCase))]
    public void Layers(string name)
    {
        using var scene = LayerScene.Make(name, ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        Check(scene.Layer, scene.GradientOf, () => LossOf(scene));
        CheckEntries(scene.Input.detach(), scene.Input.grad!, () => LossOf(scene), "the input");
    }

    [Theory]
    [MemberData(nameof(ModelCase.Names), MemberType = typeof(ModelCase))]
    public void Models(string name)
    {
        using var scene = ModelScene.Make(name, ScalarType.Float64, Lowering.Kernels, ignoreSome: true);
        scene.Model.Step(scene.Windows, scene.Batch, lossScale: 1, auxiliaryScale: 1);
        using var gradient = scene.Model.Parameters.Gradient.clone();
        var layout = scene.Model.Parameters.Layout.ToDictionary(info => info.Name);
        Check(scene.Model, packed => gradient.narrow(0, layout[packed].Offset, layout[packed].Elements), () =>
        {
            var result = scene.Model.Step(scene.Windows, scene.Batch, lossScale: 1, auxiliaryScale: 1);
            return result.LossSum + result.BalanceLoss;
        });
    }

    private static double LossOf(LayerScene scene)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var before = scene.Layer.BalanceLoss;
        scene.Layer.GateRandomState = scene.RandomState;
        var output = scene.Layer.forward(scene.Input);
        return (output * scene.Probe).sum().item<double>() + scene.Layer.BalanceLoss - before;
    }

    private static void Check(FlatModule module, Func<string, Tensor> gradientOf, Func<double> loss)
    {
        using var noGrad = no_grad();
        var state = module.state_dict();
        foreach (var info in module.Parameters.Layout)
        {
            using var scope = NewDisposeScope();
            var flat = gradientOf(info.Name).contiguous().view(-1);
            foreach (var entry in info.State)
            {
                CheckEntries(state[entry.Name], flat.narrow(0, entry.Offset, state[entry.Name].numel()), loss, entry.Name);
            }
        }
    }

    private static void CheckEntries(Tensor values, Tensor gradient, Func<double> loss, string what)
    {
        var (flat, slopes) = (values.view(-1), gradient.contiguous().view(-1));
        var (distance, length) = (0.0, 0.0);
        for (var sample = 0; sample < Samples; sample++)
        {
            using var scope = NewDisposeScope();
            var index = sample * (flat.numel() - 1) / (Samples - 1);
            var entry = flat.narrow(0, index, 1);
            var value = entry.item<double>();
            entry.fill_(value + Step);
            var above = loss();
            entry.fill_(value - Step);
            var below = loss();
            entry.fill_(value);
            var (expected, actual) = ((above - below) / (2 * Step), slopes[index].item<double>());
            distance += (actual - expected) * (actual - expected);
            length += expected * expected;
        }

        var allowed = (Tolerance * Math.Sqrt(length)) + Rounding;
        Assert.True(Math.Sqrt(distance) <= allowed, $"{what}: ‖a − b‖ is {Math.Sqrt(distance):e2}, more than {allowed:e2}; ‖b‖ is {Math.Sqrt(length):e2}.");
    }
}
