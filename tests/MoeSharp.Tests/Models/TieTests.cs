using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>Exactly equal scores go to the expert, and to the group, of the lower index.</summary>
public class TieTests
{
    [Theory]
    [MemberData(nameof(LayerCase.TyingOnBoth), MemberType = typeof(LayerCase))]
    public void EqualScoresGoToTheFirstExperts(string name, Lowering lowering)
    {
        var (gate, dim) = (LayerCase.All[name].Gate, LayerCase.All[name].Dim);
        using var scope = NewDisposeScope();
        using var layer = LayerCase.All[name].Create();
        layer.Lowering = lowering;
        Zero(layer);
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 9, dim));

        // The groups that stay are the first, too, and they hold the first experts.
        Assert.Equal(Enumerable.Range(0, gate.Experts).Select(expert => expert < gate.Active ? 9L : 0L), layer.Loads[0].Counts);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ATieForTheLastPlaceGoesToTheLowerIndex(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw { Lowering = lowering };
        Zero(layer);
        using (no_grad())
        {
            layer.state_dict()["gate.weight"].select(0, 3).fill_(1);
        }

        layer.forward(ones(4, 8));
        Assert.Equal([4, 0, 0, 4, 0], layer.Loads[0].Counts);
    }

    private static void Zero(MoeLayer layer)
    {
        using var noGrad = no_grad();
        layer.state_dict()["gate.weight"].zero_();
    }
}
