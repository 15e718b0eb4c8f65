using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>The balance bias's other updates and its late phase. Twelve tokens go to the last three of eight experts: c = (0, 0, 0, 0, 0, 12, 12, 12), mean 4.5.</summary>
public class BiasUpdateTests
{
    [Fact]
    public void ProportionalToTheMissingTokens()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new ProportionalBias());
        Route(layer);
        layer.UpdateBalance();

        // γ = 0.001: 0.001·(4.5 − 0), 0.001·(4.5 − 12).
        Near([0.0045f, 0.0045f, 0.0045f, 0.0045f, 0.0045f, 20 - 0.0075f, 20 - 0.0075f, 20 - 0.0075f], layer);
    }

    [Fact]
    public void MeanCentred()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new CentredBias());
        Route(layer);
        layer.UpdateBalance();

        // γ = 0.01; the signs are five + and three −, their mean 0.25: 0.01·0.75 and −0.01·1.25, which sum to nothing.
        Near([0.0075f, 0.0075f, 0.0075f, 0.0075f, 0.0075f, 20 - 0.0125f, 20 - 0.0125f, 20 - 0.0125f], layer);
    }

    [Fact]
    public void ItIsUpdatedFromTheCountsOfAllMicroBatches()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new ProportionalBias());
        Route(layer);
        Route(layer);
        layer.UpdateBalance();

        // Twice the counts: 0.001·9, −0.001·15.
        Near([0.009f, 0.009f, 0.009f, 0.009f, 0.009f, 20 - 0.015f, 20 - 0.015f, 20 - 0.015f], layer);
    }

    [Fact]
    public void AfterTheLastStepItRests()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new CentredBias());
        for (var step = 1; step <= 3; step++)
        {
            Route(layer);
            layer.UpdateBalance();
        }

        // Until = 2: two steps, not three.
        Near([0.015f, 0.015f, 0.015f, 0.015f, 0.015f, 20 - 0.025f, 20 - 0.025f, 20 - 0.025f], layer);
    }

    [Fact]
    public void TheStepsTakenAreSavedWithIt()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new CentredBias());
        Route(layer);
        layer.UpdateBalance();
        layer.to(ScalarType.Float64);
        Assert.Equal(ScalarType.Int64, layer.state_dict()["balance_updates"].dtype);
        Assert.Equal(1, layer.state_dict()["balance_updates"].item<long>());

        using var resumed = new CentredBias();
        resumed.to(ScalarType.Float64);
        resumed.load_state_dict(layer.state_dict());
        foreach (var each in new[] { layer, resumed })
        {
            for (var step = 0; step < 2; step++)
            {
                Route(each);
                each.UpdateBalance();
            }
        }

        Near([0.015f, 0.015f, 0.015f, 0.015f, 0.015f, 20 - 0.025f, 20 - 0.025f, 20 - 0.025f], resumed);
        Assert.Equal(Bias(layer), Bias(resumed));
    }

    [Fact]
    public void InitializeBeginsAnew()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(new CentredBias());
        Route(layer);
        layer.UpdateBalance();
        layer.Initialize(3);
        Assert.Equal(0, layer.state_dict()["balance_updates"].item<long>());
        Assert.Equal(new float[8], Bias(layer));
    }

    private static T Biased<T>(T layer)
        where T : MoeLayer
    {
        using var noGrad = no_grad();
        layer.state_dict()["gate.e_score_correction_bias"].copy_(tensor(new float[] { 0, 0, 0, 0, 0, 20, 20, 20 }));
        return layer;
    }

    private static void Route(MoeLayer layer) => layer.forward(Draw.Normal(1, 1, layer.state_dict()["gate.weight"].dtype, 12, 10));

    private static void Near(float[] expected, MoeLayer layer) =>
        Assert.All(expected.Zip(Bias(layer)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

    private static float[] Bias(MoeLayer layer) => layer.state_dict()["gate.e_score_correction_bias"].data<float>().ToArray();
}
