using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>Output, balance loss and gradients of a layer under autograd, against the unfused reference.</summary>
public class LayerGradientTests
{
    private static readonly ScalarType[] s_types = [ScalarType.Float64, ScalarType.Float32];

    [Theory]
    [MemberData(nameof(LayerCase.OnBoth), MemberType = typeof(LayerCase))]
    public void Sequences(string name, Lowering lowering) => Check(name, lowering, [2, 6]);

    [Theory]
    [MemberData(nameof(LayerCase.OnBoth), MemberType = typeof(LayerCase))]
    public void OneSequenceWithoutABatch(string name, Lowering lowering) => Check(name, lowering, [7]);

    [Theory]
    [MemberData(nameof(LayerCase.OnBoth), MemberType = typeof(LayerCase))]
    public void OneToken(string name, Lowering lowering) => Check(name, lowering, [1, 1]);

    [Theory]
    [MemberData(nameof(LayerCase.OnBoth), MemberType = typeof(LayerCase))]
    public void Padding(string name, Lowering lowering) =>
        Check(name, lowering, [3, 4], mask: [true, true, true, false, true, false, false, false, false, false, false, false]);

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AllTokensOnTheSameExperts(Lowering lowering)
    {
        // A bias that outweighs every score: the last three experts, which two groups hold.
        using var scene = Check(nameof(SigmoidGroups), lowering, [2, 6], arrange: layer =>
        {
            using var noGrad = no_grad();
            layer.state_dict()["gate.e_score_correction_bias"].copy_(tensor([0f, 0, 0, 0, 0, 20, 30, 40]));
        });
        Assert.Equal([0, 0, 0, 0, 0, 12, 12, 12], scene.Reference.Counts);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AllTokensOnOneExpert(Lowering lowering)
    {
        // The router reads one column, in which every input is made positive: expert 2 wins for all, by 5·x.
        using var scene = Check(nameof(TopOne), lowering, [2, 6], arrange: layer =>
        {
            using var noGrad = no_grad();
            var router = layer.state_dict()["gate.weight"];
            router.fill_(0);
            router[2, 0].fill_(5);
        }, input: input => input.narrow(-1, 0, 1).abs_().add_(0.5));
        Assert.Equal([0, 0, 12, 0], scene.Reference.Counts);
    }

    private static LayerScene Check(string name, Lowering lowering, long[] rows, bool[]? mask = null, Action<MoeLayer>? arrange = null, Action<Tensor>? input = null)
    {
        LayerScene? last = null;
        foreach (var type in s_types)
        {
            last?.Dispose();
            last = LayerScene.Make(name, type, lowering, rows, mask, arrange, input);
            Check(last, Compare.Tolerance(type));
        }

        return last!;
    }

    private static void Check(LayerScene scene, double tolerance)
    {
        Assert.True(scene.Reference.Margin >= Draw.Margin);
        var output = scene.Backward();
        scene.ReferenceBackward();
        Compare.Near(output, scene.Reference.Y.view(output.shape), tolerance, "output");
        Compare.Near(scene.Input.grad!, scene.ReferenceInput.grad!, tolerance, "gradient of the input");
        Compare.Gradients(scene.Layer, scene.GradientOf, scene.Leaves, tolerance);

        var balance = scene.Reference.BalanceLoss.item<double>();
        Assert.Equal(balance, scene.Layer.BalanceLoss, tolerance * Math.Max(1, balance));
        Assert.Equal(scene.Reference.Counts, scene.Layer.Loads[0].Counts);
    }
}
