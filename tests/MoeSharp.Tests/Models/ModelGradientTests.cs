using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>Logits, losses and gradients of whole models, under autograd and compiled, against the unfused reference.</summary>
public class ModelGradientTests
{
    private static readonly ScalarType[] s_types = [ScalarType.Float64, ScalarType.Float32];

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void UnderAutograd(string name, Lowering lowering)
    {
        foreach (var type in s_types)
        {
            using var scene = ModelScene.Make(name, type, lowering);
            Assert.True(scene.Margin >= Draw.Margin);
            var logits = scene.Model.forward(scene.Ids);
            var rows = logits.view(scene.ReferenceLogits.shape);
            nn.functional.cross_entropy(rows, scene.Targets, reduction: nn.Reduction.Sum).backward();
            scene.ReferenceBackward(lossScale: 1, auxiliaryScale: 1);

            Compare.Near(rows, scene.ReferenceLogits, Compare.Tolerance(type), "logits");
            Compare.Gradients(scene.Model, packed => scene.Model.get_parameter(packed)!.grad!, scene.Leaves, Compare.Tolerance(type));
            CheckGates(scene, type);
        }
    }

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void Compiled(string name, Lowering lowering)
    {
        foreach (var type in s_types)
        {
            foreach (var (batch, sequence, ignoreSome) in new[] { (2, 5, true), (1, 1, false), (3, 4, false) })
            {
                using var scene = ModelScene.Make(name, type, lowering, batch, sequence, ignoreSome);
                Assert.True(scene.Margin >= Draw.Margin);
                var result = scene.Model.Step(scene.Windows, batch, lossScale: 0.3, auxiliaryScale: 0.7);
                var loss = scene.ReferenceBackward(lossScale: 0.3, auxiliaryScale: 0.7);

                var tolerance = Compare.Tolerance(type);
                Assert.Equal(loss, result.LossSum, tolerance * loss);
                Assert.Equal(scene.ReferenceBalance.item<double>(), result.BalanceLoss, tolerance);
                Assert.Equal(scene.Windows.Chunk(sequence + 1).Sum(row => row[1..].Count(id => id >= 0)), result.Tokens);
                Compare.Gradients(scene.Model, scene.Model.Parameters.GradientOf, scene.Leaves, tolerance);
                CheckGates(scene, type);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void TwoStepsAddUp(string name, Lowering lowering)
    {
        using var scene = ModelScene.Make(name, ScalarType.Float64, lowering);
        scene.Model.Step(scene.Windows, scene.Batch, 1, 1);
        var once = scene.Model.Parameters.Gradient.clone();
        scene.Model.Step(scene.Windows, scene.Batch, 1, 1);
        Compare.Near(scene.Model.Parameters.Gradient, once * 2, Compare.Double, "two steps' gradient");
    }

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void OneSequenceNeedsNoBatch(string name, Lowering lowering)
    {
        using var scene = ModelScene.Make(name, ScalarType.Float64, lowering, batch: 1);
        Compare.Near(scene.Model.forward(scene.Ids[0]), scene.ReferenceLogits, Compare.Double, "logits");
    }

    private static void CheckGates(ModelScene scene, ScalarType type)
    {
        Assert.Equal(scene.ReferenceBalance.item<double>(), scene.Model.BalanceLoss, Compare.Tolerance(type));
        Assert.Equal(scene.Gates.Select(gate => gate.Counts), scene.Model.Loads.Select(load => load.Counts));
    }
}
