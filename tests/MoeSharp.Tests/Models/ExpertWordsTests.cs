using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>One expert of two, one number wide: every number can be worked out by hand.</summary>
[Experts(2, Active = 1, Dim = 1, Hidden = 1, Activation = ActivationKind.Gelu, Bias = true)]
public partial class OneNumber;

/// <summary>What the words of an expert make of a module: names, decay, and numbers by hand; values and gradients against the reference are the layers' own tests.</summary>
[Collection("Workers")]
public class ExpertWordsTests
{
    /// <summary>
    /// x = 1, a router of zeros: both scores are 1/2, the tie goes to expert 0. up = 1·x + 0 = 1, gelu(1) = 0.8413447461, the expert's output
    /// 2·0.8413447461 + 0.5 = 2.1826894921, y = half of it. Backward of dY = 1: dW_down = gelu(1)/2, db_down = 1/2, dW_up = db_up = ½·2·gelu′(1) =
    /// 1.0833154706; the weight's gradient is the expert's output, bias included, so dlogit_0 = ¼·2.1826894921 = 0.5456723730 and dlogit_1 the opposite.
    /// </summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ByHand(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new OneNumber();
        layer.to(ScalarType.Float64);
        layer.Lowering = lowering;
        using (no_grad())
        {
            foreach (var (name, value) in new[] { ("gate.weight", 0.0), ("experts.0.up_proj.weight", 1), ("experts.0.down_proj.weight", 2), ("experts.0.down_proj.bias", 0.5) })
            {
                layer.state_dict()[name].fill_(value);
            }
        }

        var x = ones(1, 1, dtype: ScalarType.Float64).requires_grad_(true);
        var y = layer.forward(x);
        y.sum().backward();
        Assert.Equal(1.0913447460685429, y.item<double>(), 1e-14);
        Assert.Equal(1.0833154705876864, x.grad!.item<double>(), 1e-14);
        Is("gate.weight", 0.5456723730342714, -0.5456723730342714);
        Is("experts.up_proj", 1.0833154705876864, 0);
        Is("experts.up_proj_bias", 1.0833154705876864, 0);
        Is("experts.down_proj", 0.42067237303427143, 0);
        Is("experts.down_proj_bias", 0.5, 0);

        void Is(string name, params double[] expected) =>
            Assert.Equal(expected, layer.get_parameter(name)!.grad!.view(-1).data<double>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-14);
    }

    [Fact]
    public void NamesAreHuggingFaces()
    {
        using var scope = NewDisposeScope();
        string[] maps = ["gate_proj", "up_proj", "down_proj"];
        string[] expected =
        [
            "gate.weight", "shared_expert_gate.weight",
            .. maps.SelectMany(map => new[] { $"shared_expert.{map}.weight", $"shared_expert.{map}.bias" }),
            .. Enumerable.Range(0, 4).SelectMany(expert => maps.SelectMany(map => new[] { $"experts.{expert}.{map}.weight", $"experts.{expert}.{map}.bias" })),
        ];
        var state = new SwiGluBiasGated().state_dict();
        Assert.Equal(expected.Order(), state.Keys.Order());
        Assert.Equal([17], state["experts.3.up_proj.bias"].shape);
        Assert.Equal([34], state["shared_expert.gate_proj.bias"].shape);
        Assert.Equal([1, 19], state["shared_expert_gate.weight"].shape);
        Assert.Contains("shared_experts.up_proj.weight", new GeluExperts().state_dict().Keys);
        Assert.DoesNotContain("shared_experts.gate_proj.weight", new GeluExperts().state_dict().Keys);
    }

    [Theory]
    [InlineData(nameof(SwiGluBiasGated))]
    [InlineData(nameof(GeluBiasGated))]
    [InlineData(nameof(ReluBiasGated))]
    public void AStateDictionaryGoesThereAndBack(string name)
    {
        using var scope = NewDisposeScope();
        using var from = LayerCase.All[name].Create();
        using var into = LayerCase.All[name].Create();
        Draw.Fill(from, 11);
        into.load_state_dict(from.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.clone()));
        Assert.Equal(from.Parameters.Weights.bytes.ToArray(), into.Parameters.Weights.bytes.ToArray());
    }

    /// <summary>Biases lie in the tail of the buffer that the optimiser does not decay, one an expert too, and start at zero.</summary>
    [Fact]
    public void BiasesStartAtZeroAndAreNotDecayed()
    {
        using var scope = NewDisposeScope();
        using var layer = new GeluBiasGated();
        string[] biases = ["experts.up_proj_bias", "experts.down_proj_bias", "shared_expert.up_proj.bias", "shared_expert.down_proj.bias"];
        Assert.Equal(biases, layer.Parameters.Layout.Where(info => info.Offset >= layer.Parameters.DecayCount).Select(info => info.Name));
        Assert.All(biases, name => Assert.Equal(0, layer.get_parameter(name)!.abs().max().item<float>()));
        Assert.True(layer.get_parameter("shared_expert_gate.weight")!.abs().max().item<float>() > 0);
    }

    /// <summary>Expert 2 wins for every token: the others' gradients, biases included, are zero, and the reference's everywhere else.</summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ExpertsWithoutATokenGetNoGradient(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(ReluBias), ScalarType.Float64, lowering, arrange: layer =>
        {
            using var noGrad = no_grad();
            var router = layer.state_dict()["gate.weight"];
            router.fill_(0);
            router[2, 0].fill_(5);
        }, input: input => input.narrow(-1, 0, 1).abs_().add_(0.5));
        var output = scene.Backward();
        scene.ReferenceBackward();
        Assert.Equal([0, 0, 12, 0], scene.Reference.Counts);
        Compare.Near(output, scene.Reference.Y.view(output.shape), Compare.Double, "output");
        Compare.Gradients(scene.Layer, scene.GradientOf, scene.Leaves, Compare.Double);
        Assert.Equal(0, scene.GradientOf("experts.down_proj_bias")[1].abs().max().item<double>());
    }

    /// <summary>Enough rows that every kernel cuts its work into several tasks.</summary>
    [Theory]
    [InlineData(nameof(SwiGluBiasGated))]
    [InlineData(nameof(GeluBiasGated))]
    [InlineData(nameof(ReluBiasGated))]
    public void TheSameAtAnyNumberOfWorkers(string name)
    {
        var count = Workers.Shared.Count;
        try
        {
            var expected = Run(1);
            Assert.Equal(expected, Run(2));
            Assert.Equal(expected, Run(3));
        }
        finally
        {
            Workers.Shared.Count = count;
        }

        byte[] Run(int workers)
        {
            Workers.Shared.Count = workers;
            using var scope = NewDisposeScope();
            using var layer = LayerCase.All[name].Create();
            layer.Lowering = Lowering.Kernels;
            Draw.Fill(layer, 7);
            var input = Draw.Normal(8, 1, ScalarType.Float32, 3, 500, layer.Dim).requires_grad_(true);
            var output = layer.forward(input);
            (output * output).sum().backward();
            return
            [
                .. output.detach().bytes, .. input.grad!.bytes,
                .. layer.Parameters.Layout.SelectMany(info => layer.get_parameter(info.Name)!.grad!.contiguous().bytes.ToArray()),
            ];
        }
    }
}
