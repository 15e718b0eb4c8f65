using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Gates;

/// <summary>The weights of gates: their names, shapes and beginnings.</summary>
public class GateWeightsTests
{
    [Fact]
    public void ANoisyGateBeginsWithoutSignalAndWithSomeNoise()
    {
        using var scope = NewDisposeScope();
        using var layer = new Noisy();
        var state = layer.state_dict();
        Assert.Equal([6, 8], state["gate.weight"].shape);
        Assert.Equal([6, 8], state["gate.noise.weight"].shape);
        Assert.Equal(0, state["gate.weight"].abs().max().item<float>());
        Assert.Equal(0, state["gate.noise.weight"].abs().max().item<float>());
    }

    [Fact]
    public void ATwoLayerGateHasTwoMatricesAndANumberAnExpert()
    {
        using var scope = NewDisposeScope();
        using var narrow = new TwoLayers();
        using var noisy = new TwoNoisyLayers();
        Assert.Equal([5, 8], narrow.state_dict()["gate.fc1.weight"].shape);
        Assert.Equal([6, 5], narrow.state_dict()["gate.fc2.weight"].shape);
        Assert.DoesNotContain("gate.noise", narrow.state_dict().Keys);
        Assert.DoesNotContain("gate.weight", narrow.state_dict().Keys);

        // As wide as there are experts unless told otherwise.
        Assert.Equal([6, 8], noisy.state_dict()["gate.fc1.weight"].shape);
        Assert.Equal([6], noisy.state_dict()["gate.noise"].shape);
        Assert.Equal(0, noisy.state_dict()["gate.noise"].abs().max().item<float>());
        Assert.NotEqual(0, noisy.state_dict()["gate.fc1.weight"].abs().max().item<float>());
    }

    [Fact]
    public void ASubExpertGateHasItsSubScoresSideBySide()
    {
        using var layer = new SubMaximum();
        using var scope = NewDisposeScope();
        Assert.Equal([15, 8], layer.state_dict()["gate.weight"].shape);
    }
}
