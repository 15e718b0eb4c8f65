using MoeSharp.Modules;
using MoeSharp.Runtime;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>Small cases whose numbers fit on paper.</summary>
public class HandWorkedTests
{
    /// <summary>Four tokens, one expert each of four: c = (2, 1, 1, 0), P = (0.4, 0.3, 0.2, 0.1).</summary>
    private static readonly RoutingSums s_topOne = Sums(4, [2, 1, 1, 0], [0.4, 0.3, 0.2, 0.1]);

    /// <summary>Two tokens, two experts each of four: c = (2, 1, 1, 0), first choices (1, 1, 0, 0).</summary>
    private static readonly RoutingSums s_topTwo = Sums(2, [2, 1, 1, 0], [0.4, 0.3, 0.2, 0.1]) with { First = [1, 1, 0, 0] };

    [Fact]
    public void ExpertBalance()
    {
        // f = 4/(1·4)·c = (2, 1, 1, 0): 0.8 + 0.3 + 0.2.
        Assert.Equal(1.3, ExpertBalanceLoss.Value(s_topOne, active: 1), 1e-12);
        Assert.Equal([2, 1, 1, 0], ExpertBalanceLoss.Slope(s_topOne, active: 1));

        // f = 4/(2·2)·c, the same.
        Assert.Equal(1.3, ExpertBalanceLoss.Value(s_topTwo, active: 2), 1e-12);
    }

    [Fact]
    public void DeviceBalance()
    {
        // f' = ((2 + 1)/2, (1 + 0)/2), P' = (0.7, 0.3): 1.05 + 0.15.
        Assert.Equal(1.2, DeviceBalanceLoss.Value(s_topOne, active: 1, devices: 2), 1e-12);
        Assert.Equal([1.5, 1.5, 0.5, 0.5], DeviceBalanceLoss.Slope(s_topOne, active: 1, devices: 2));
    }

    [Fact]
    public void CommunicationBalance()
    {
        // Two tokens: both to device 0, one to device 1 too. f'' = 2/(2·2)·(2, 1) = (1, 0.5), P'' = (0.7, 0.3): 0.7 + 0.15.
        var sums = s_topTwo with { Devices = [2, 1] };
        Assert.Equal(0.85, CommunicationBalanceLoss.Value(sums, devices: 2, limit: 2), 1e-12);
        Assert.Equal([1, 1, 0.5, 0.5], CommunicationBalanceLoss.Slope(sums, devices: 2, limit: 2));
    }

    [Fact]
    public void SwitchBalance()
    {
        // K = 2, two tokens. Megatron: 4/2·Σ (c/2)·P = 2·(0.4 + 0.15 + 0.1). Hugging Face: twice that. First choices: 4·(0.5·0.4 + 0.5·0.3).
        Assert.Equal(1.3, SwitchBalanceLoss.Value(s_topTwo, divisor: 2), 1e-12);
        Assert.Equal(2.6, SwitchBalanceLoss.Value(s_topTwo, divisor: 1), 1e-12);
        Assert.Equal(1.4, SwitchBalanceLoss.Value(s_topTwo, divisor: 1, firstChoice: true), 1e-12);
    }

    [Fact]
    public void BalanceIsOne()
    {
        var even = Sums(4, [2, 2, 2, 2], [0.25, 0.25, 0.25, 0.25]) with { Devices = [4, 4], First = [1, 1, 1, 1] };
        Assert.Equal(1, ExpertBalanceLoss.Value(even, active: 2), 1e-12);
        Assert.Equal(1, DeviceBalanceLoss.Value(even, active: 2, devices: 2), 1e-12);
        Assert.Equal(1, CommunicationBalanceLoss.Value(even, devices: 2, limit: 2), 1e-12);
        Assert.Equal(1, SwitchBalanceLoss.Value(even, divisor: 2), 1e-12);
        Assert.Equal(1, SwitchBalanceLoss.Value(even, divisor: 1, firstChoice: true), 1e-12);
    }

    [Fact]
    public void Importance()
    {
        // I = (2, 1, 1, 0): mean 1, population variance (1 + 0 + 0 + 1)/4; slope 2/4·((I − 1)/1 − 0.5·1/1).
        var sums = s_topOne with { Weights = [2, 1, 1, 0] };
        Assert.Equal(0.5, ImportanceLoss.Value(sums), 1e-9);
        Assert.All(ImportanceLoss.Slope(sums).Zip([0.25, -0.25, -0.25, -0.75]), pair => Assert.Equal(pair.Second, pair.First, 1e-9));

        // No weight at all: 0/1e-10, and no NaN.
        Assert.Equal(0, ImportanceLoss.Value(s_topOne with { Weights = new double[4] }));
    }

    [Fact]
    public void UsageDeviation()
    {
        // mean(P) = 0.25, deviations (0.15, 0.05, −0.05, −0.15): sqrt((0.0225 + 0.0025 + 0.0025 + 0.0225)/4) = sqrt(0.0125).
        Assert.Equal(Math.Sqrt(0.0125), UsageDeviationLoss.Value(s_topOne), 1e-9);
        Assert.Equal(0.15 / (4 * Math.Sqrt(0.0125)), UsageDeviationLoss.Slope(s_topOne)[0], 1e-9);
    }

    [Fact]
    public void APerfectBalanceHasAGradient()
    {
        // The slope of sqrt(var) at 0 is 0/0 without the epsilon.
        var even = Sums(4, [1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25]);
        Assert.Equal(1e-6, UsageDeviationLoss.Value(even), 1e-12);
        Assert.Equal(new double[4], UsageDeviationLoss.Slope(even));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ALayer(Lowering lowering)
    {
        // The router is the identity and inputs are logarithms of probabilities, so the scores are those. The third expert gets no token.
        using var scope = NewDisposeScope();
        using var layer = new TopOneLosses { Lowering = lowering };
        layer.to(ScalarType.Float64);
        using (no_grad())
        {
            layer.state_dict()["gate.weight"].copy_(eye(4, dtype: ScalarType.Float64));
        }

        var p = tensor(new double[] { 0.7, 0.1, 0.1, 0.1, 0.1, 0.7, 0.1, 0.1, 0.6, 0.2, 0.1, 0.1, 0.2, 0.2, 0.1, 0.5 }).view(4, 4);
        var x = p.log().requires_grad_(true);
        (layer.forward(x) * 0).sum().backward();

        // c = (2, 1, 0, 1), P = (0.4, 0.3, 0.1, 0.2): 4·(0.5·0.4 + 0.25·0.3 + 0.25·0.2). I = (1.3, 0.7, 0, 0.5): mean 0.625, popvar 0.216875.
        // The logits' exponentials sum to 1, so z = 0.
        Assert.Equal(1.3, Loss("switch_balance"), 1e-12);
        Assert.Equal(0.216875 / 0.390625, Loss("importance_loss"), 1e-9);
        Assert.Equal(Math.Sqrt(0.0125), Loss("usage_deviation"), 1e-9);
        Assert.Equal(0, Loss("router_z_loss"), 1e-12);
        Assert.Equal([2, 1, 0, 1], layer.Loads[0].Counts);
        Assert.True(x.grad!.isfinite().all().item<bool>());

        double Loss(string name) => layer.Loads[0].Losses.Single(loss => loss.Name == name).Value;
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AnIdleRouterHasAFiniteGradient(Lowering lowering)
    {
        // All scores equal: P is uniform to the last bit, and the lower index gets every token.
        using var scope = NewDisposeScope();
        using var layer = new TopOneLosses { Lowering = lowering };
        using (no_grad())
        {
            layer.state_dict()["gate.weight"].zero_();
        }

        var x = randn(8, 4).requires_grad_(true);
        (layer.forward(x) * 0).sum().backward();
        Assert.Equal([8, 0, 0, 0], layer.Loads[0].Counts);
        Assert.True(layer.get_parameter("gate.weight")!.grad!.isfinite().all().item<bool>());
        Assert.Equal(Math.Log(4) * Math.Log(4), layer.Loads[0].Losses.Single(loss => loss.Name == "router_z_loss").Value, 1e-6);
    }

    private static RoutingSums Sums(long tokens, long[] chosen, double[] means) => new()
    {
        Tokens = tokens,
        CountedTokens = tokens,
        Chosen = chosen,
        First = chosen,
        Scores = Array.ConvertAll(means, mean => mean * tokens),
    };
}
