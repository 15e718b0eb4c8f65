using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>The two lowerings of one program give the same outputs, losses, counts and gradients.</summary>
public class LoweringParityTests
{
    private static readonly ScalarType[] s_types = [ScalarType.Float64, ScalarType.Float32];

    // Sums in another order: some dozen roundings of 1e-16 in float64 and of 6e-8 in float32.
    private static double Tolerance(ScalarType type) => type == ScalarType.Float64 ? 1e-10 : 1e-5;

    [Theory]
    [MemberData(nameof(LayerCase.Names), MemberType = typeof(LayerCase))]
    public void Layers(string name)
    {
        foreach (var type in s_types)
        {
            using var kernels = LayerScene.Make(name, type, Lowering.Kernels, [3, 11]);
            using var torchOps = LayerScene.Make(name, type, Lowering.Torch, [3, 11]);
            Compare.Near(kernels.Backward(), torchOps.Backward(), Tolerance(type), "output");
            Compare.Near(kernels.Input.grad!, torchOps.Input.grad!, Tolerance(type), "gradient of the input");
            foreach (var info in kernels.Layer.Parameters.Layout)
            {
                Compare.Near(kernels.GradientOf(info.Name), torchOps.GradientOf(info.Name), Tolerance(type), "gradient of " + info.Name);
            }

            Assert.Equal(torchOps.Layer.BalanceLoss, kernels.Layer.BalanceLoss, Tolerance(type));
            Assert.Equal(torchOps.Layer.Loads[0].Counts, kernels.Layer.Loads[0].Counts);
        }
    }

    [Theory]
    [MemberData(nameof(ModelCase.Names), MemberType = typeof(ModelCase))]
    public void Models(string name)
    {
        foreach (var type in s_types)
        {
            using var kernels = ModelScene.Make(name, type, Lowering.Kernels, batch: 3, sequence: 6, ignoreSome: true);
            using var torchOps = ModelScene.Make(name, type, Lowering.Torch, batch: 3, sequence: 6, ignoreSome: true);
            var (mine, theirs) = (kernels.Model.Step(kernels.Windows, 3, 1, 1), torchOps.Model.Step(torchOps.Windows, 3, 1, 1));
            Assert.Equal(theirs.LossSum, mine.LossSum, Tolerance(type) * theirs.LossSum);
            Assert.Equal(theirs.BalanceLoss, mine.BalanceLoss, Tolerance(type));
            Assert.Equal(theirs.Tokens, mine.Tokens);
            foreach (var info in kernels.Model.Parameters.Layout)
            {
                Compare.Near(kernels.Model.Parameters.GradientOf(info.Name), torchOps.Model.Parameters.GradientOf(info.Name), Tolerance(type), "gradient of " + info.Name);
            }

            Assert.Equal(torchOps.Model.Loads.Select(load => load.Counts), kernels.Model.Loads.Select(load => load.Counts));
            (mine, theirs) = (kernels.Model.Evaluate(kernels.Windows, 3), torchOps.Model.Evaluate(torchOps.Windows, 3));
            Assert.Equal(theirs.LossSum, mine.LossSum, Tolerance(type) * theirs.LossSum);
            Assert.Equal(
                torchOps.Model.Generate([1, 2, 3], 12, 0.8, new Random(5)),
                kernels.Model.Generate([1, 2, 3], 12, 0.8, new Random(5)));
        }
    }
}
