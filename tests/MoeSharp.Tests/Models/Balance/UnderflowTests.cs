using MoeSharp.Modules;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>A token all of whose sigmoid scores underflow to 0, as those of logits of −1000 do: a share of nothing is 0, and not NaN.</summary>
public class UnderflowTests
{
    public static TheoryData<string, Lowering> Layers => new()
    {
        { nameof(SigmoidRaw), Lowering.Kernels },
        { nameof(SigmoidRaw), Lowering.Torch },
        { nameof(SigmoidGroups), Lowering.Kernels },
        { nameof(SigmoidGroups), Lowering.Torch },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void ScoresOfZeroGiveNumbers(string name, Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using MoeLayer layer = name == nameof(SigmoidRaw) ? new SigmoidRaw() : new SigmoidGroups();
        layer.Lowering = lowering;
        var router = layer.get_parameter("gate.weight")!;
        using (no_grad())
        {
            router.fill_(-1000f / layer.Dim);
        }

        var input = ones(3, layer.Dim).requires_grad_(true);
        layer.forward(input).sum().backward();
        var load = layer.Loads[0];

        // Exactly 0: all shares are.
        Assert.Equal(0, load.Losses.Single().Value);
        Assert.Equal(0, load.Entropy);
        Assert.True(input.grad!.isfinite().all().item<bool>(), "the gradient of the input");
        Assert.True(router.grad!.eq(0).all().item<bool>(), "the gradient of the router");
    }

    /// <summary>One token of three underflows: the losses are those of the other two, and the third's share of P.</summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void TheOtherTokensCountAsTheyAre(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidRaw { Lowering = lowering };
        layer.to(ScalarType.Float64);
        using (no_grad())
        {
            layer.get_parameter("gate.weight")!.fill_(1);
        }

        // All scores of a token are equal: every share is 1/6, of two of three tokens. Σ f = N = 6, so Σ f·P = 6·(2/3)/6. In float64, sums of a few numbers.
        var input = zeros(3, layer.Dim, dtype: ScalarType.Float64);
        input[2].fill_(-1000);
        layer.forward(input);
        Assert.Equal(2.0 / 3, layer.Loads[0].Losses.Single().Value, 1e-12);
        Assert.Equal(2 * Math.Log(6) / 3, layer.Loads[0].Entropy, 1e-12);
    }
}
