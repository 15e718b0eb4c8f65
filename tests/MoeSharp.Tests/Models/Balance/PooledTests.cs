using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>
/// Hugging Face's dialect in a model: <c>load_balancing_loss_func</c> over the router's scores of all layers as one, whose counts a layer's backward needs of the
/// layers after it and before it.
/// </summary>
public class PooledTests
{
    private static readonly ModelSettings s_model = new(17, 12, 3, 1, 3, 3, 4) { Gate = new GateSettings(GateKind.Softmax, 5, 2) { Normalize = true } };

    [Theory]
    [InlineData(Lowering.Kernels, true)]
    [InlineData(Lowering.Torch, true)]
    [InlineData(Lowering.Kernels, false)]
    [InlineData(Lowering.Torch, false)]
    public void TheLayersAreOneBatch(Lowering lowering, bool compiled)
    {
        using var scope = NewDisposeScope();
        using var model = new PooledModel();
        model.to(ScalarType.Float64);
        model.Lowering = lowering;
        Draw.Fill(model, 21);
        var random = new Random(4);
        int[] windows = [.. Enumerable.Range(0, 2 * 7).Select(_ => random.Next(17))];
        var ids = tensor(windows.Chunk(7).SelectMany(row => row[..^1]).Select(id => (long)id).ToArray());
        var leaves = Draw.Leaves(model);
        var (_, gates) = new ReferenceTransformer(s_model, leaves).Forward(ids, 6);
        var expected = HuggingFace([.. gates.Select(gate => gate.Scores!)], [.. gates.Select(gate => gate.Chosen!)]);
        (expected * 0.7).backward();

        if (compiled)
        {
            Assert.Equal(0.7 * expected.item<double>(), model.Step(windows, 2, lossScale: 0, auxiliaryScale: 1).BalanceLoss, 1e-10);
            Compare.Gradients(model, model.Parameters.GradientOf, leaves, 1e-9);
        }
        else
        {
            (model.forward(ids.view(2, 6)) * 0).sum().backward();
            Compare.Gradients(model, name => model.get_parameter(name)!.grad!, leaves, 1e-9);
        }

        // One loss a model, the same number at each of the two sparse layers.
        Assert.Equal(2, model.Loads.Count);
        Assert.All(model.Loads, load => Assert.Equal(expected.item<double>(), load.Losses.Single().Value, 1e-10));
        Assert.Equal(0.7 * expected.item<double>(), model.BalanceLoss, 1e-10);
        Assert.True(leaves["model.layers.1.mlp.gate.weight"].grad!.abs().max().item<double>() > 1e-6);
    }

    /// <summary>As in <c>transformers</c>: the one-hot mask's mean over tokens by the mean probability, summed over slots and experts, times N.</summary>
    private static Tensor HuggingFace(IReadOnlyList<Tensor> scores, IReadOnlyList<Tensor> chosen)
    {
        var (probabilities, selected) = (cat([.. scores], 0), cat([.. chosen], 0));
        var experts = probabilities.shape[1];
        var mask = zeros(selected.shape[0], selected.shape[1], experts, dtype: ScalarType.Float64)
            .scatter(2, selected.unsqueeze(-1), ones(selected.shape[0], selected.shape[1], 1, dtype: ScalarType.Float64));
        return (mask.mean([0]) * probabilities.mean([0]).unsqueeze(0)).sum() * (double)experts;
    }
}
