using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>A layer in bfloat16: sums, tokens and the gate in fp32.</summary>
public class BFloat16Tests
{
    // Seven bits of mantissa: 4e-3 a rounding, of which some come together.
    private const double Tolerance = 2e-2;

    [Theory]
    [MemberData(nameof(LayerCase.Names), MemberType = typeof(LayerCase))]
    public void IsNearFloat32(string name)
    {
        using var scope = NewDisposeScope();
        var layerCase = LayerCase.All[name];
        using var narrow = layerCase.Create();
        using var wide = layerCase.Create();
        Draw.Fill(narrow, 3);
        narrow.to(ScalarType.BFloat16);
        wide.load_state_dict(narrow.state_dict());
        wide.GateRandomState = narrow.GateRandomState;
        var input = Draw.Normal(4, 1, ScalarType.BFloat16, 1, 300, layerCase.Dim).requires_grad_(true);
        var wideInput = input.detach().to(ScalarType.Float32).requires_grad_(true);
        var probe = Draw.Normal(5, 1, ScalarType.BFloat16, 1, 300, layerCase.Dim);

        var (output, expected) = (narrow.forward(input), wide.forward(wideInput));
        (output * probe).sum(ScalarType.Float32).backward();
        (expected * probe.to(ScalarType.Float32)).sum().backward();
        Assert.Equal(ScalarType.BFloat16, output.dtype);
        Compare.Near(output, expected, Tolerance, "output");
        Compare.Near(input.grad!, wideInput.grad!, Tolerance, "gradient of the input");
        foreach (var info in narrow.Parameters.Layout)
        {
            Compare.Near(narrow.get_parameter(info.Name)!.grad!, wide.get_parameter(info.Name)!.grad!, Tolerance, "gradient of " + info.Name);
        }

        // Logits rounded to bfloat16 would move some of 300 tokens to another expert.
        Assert.Equal(wide.Loads[0].Counts, narrow.Loads[0].Counts);
    }

    [Theory]
    [MemberData(nameof(ModelCase.Names), MemberType = typeof(ModelCase))]
    public void ACompiledStepIsNearFloat32(string name)
    {
        // Rounded activations may move a token to another expert in a deep layer: the loss is near all the same, gradients are compared where there is no gate.
        using var scope = NewDisposeScope();
        using var narrow = ModelCase.All[name].Create();
        using var wide = ModelCase.All[name].Create();
        Draw.Fill(narrow, 3);
        narrow.to(ScalarType.BFloat16);
        wide.load_state_dict(narrow.state_dict());
        int[] windows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        var (result, expected) = (narrow.Step(windows, 2, 1, 1), wide.Step(windows, 2, 1, 1));
        Assert.Equal(expected.LossSum, result.LossSum, Tolerance * expected.LossSum);
        Assert.Equal(ScalarType.BFloat16, narrow.Parameters.Gradient.dtype);
        if (ModelCase.All[name].Settings.Gate is null)
        {
            // Two layers there and back: twice a layer's roundings.
            Compare.Near(narrow.Parameters.Gradient, wide.Parameters.Gradient, 2 * Tolerance, "gradient");
        }
    }

    [Theory]
    [MemberData(nameof(LayerCase.Names), MemberType = typeof(LayerCase))]
    public void TheSameInBothLowerings(string name)
    {
        using var scope = NewDisposeScope();
        var layerCase = LayerCase.All[name];
        using var layer = layerCase.Create();
        Draw.Fill(layer, 3);
        layer.to(ScalarType.BFloat16);
        var input = Draw.Normal(4, 1, ScalarType.BFloat16, 1, 40, layerCase.Dim);
        var begin = layer.GateRandomState;
        var kernels = layer.forward(input);
        layer.GateRandomState = begin;
        layer.Lowering = Lowering.Torch;
        Compare.Near(kernels, layer.forward(input), Tolerance, "output");
    }

    [Fact]
    public void APartOfATensorIsReadWhereItLies()
    {
        // Gathers and products read the input and the output's gradient in their own memory, here from the third token on: the same bits as of a copy.
        using var scope = NewDisposeScope();
        using var layer = new Declared.SigmoidGroups();
        Draw.Fill(layer, 3);
        layer.to(ScalarType.BFloat16);
        var input = Draw.Normal(4, 1, ScalarType.BFloat16, 1, 43, layer.Dim).narrow(1, 3, 40);
        var probe = Draw.Normal(5, 1, ScalarType.BFloat16, 1, 43, layer.Dim).narrow(1, 3, 40);
        var (part, copy) = (Run(input, probe), Run(input.clone(), probe.clone()));
        Assert.True(part.Output.equal(copy.Output).all().item<bool>(), "output");
        Assert.True(part.Gradient.equal(copy.Gradient).all().item<bool>(), "gradient of the input");
        Assert.True(part.Weights.equal(copy.Weights).all().item<bool>(), "gradient of the weights");

        (Tensor Output, Tensor Gradient, Tensor Weights) Run(Tensor x, Tensor dY)
        {
            x = x.detach().requires_grad_(true);
            layer.zero_grad(set_to_none: true);
            var y = layer.forward(x);
            y.backward([dY]);
            return (y.detach(), x.grad!, cat([.. layer.parameters().Select(weight => weight.grad!.reshape(-1).clone())]));
        }
    }

    [Fact]
    public void AnInputOfAnotherTypeIsRefusedInWords()
    {
        using var layer = new Declared.SoftmaxRaw();
        layer.to(ScalarType.BFloat16);
        using var input = zeros(2, layer.Dim);
        var refused = Assert.Throws<ArgumentException>(() => layer.forward(input));
        Assert.Contains("BFloat16", refused.Message, StringComparison.Ordinal);
        Assert.Contains("its input is Float32", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Move one of them with to()", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KernelsAreRefusedInFloat16()
    {
        using var layer = new Declared.SoftmaxRaw { Lowering = Lowering.Kernels };
        layer.to(ScalarType.Float16);
        using var input = zeros(2, 8, dtype: ScalarType.Float16);
        var refused = Assert.Throws<InvalidOperationException>(() => layer.forward(input));
        Assert.Contains("Set Lowering to Auto or Torch", refused.Message, StringComparison.Ordinal);
    }
}
