using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>What a layer reports of its gate: the load, the scores' entropy, the balance losses before their weights. Numbers in float64: 1e-10 is far above rounding.</summary>
[Collection("Workers")]
public class RoutingReportTests
{
    public static TheoryData<string, Lowering> Gates => new()
    {
        { nameof(SoftmaxRaw), Lowering.Kernels },
        { nameof(SoftmaxRaw), Lowering.Torch },
        { nameof(SigmoidGroups), Lowering.Kernels },
        { nameof(SigmoidGroups), Lowering.Torch },
    };

    [Theory]
    [MemberData(nameof(Gates))]
    public void EntropyIsThatOfTheScoresNormalisedOverTheExperts(string name, Lowering lowering)
    {
        bool[] mask = [true, true, false, true, false, true, true, true, true, false, true, true];
        using var scene = LayerScene.Make(name, ScalarType.Float64, lowering, mask: mask);
        scene.Layer.forward(scene.Input, scene.Mask);

        var logits = scene.ReferenceInput.view(12, -1).detach().matmul(scene.Leaves["gate.weight"].detach().t());
        var scores = name == nameof(SoftmaxRaw) ? logits.softmax(-1) : logits.sigmoid();
        var p = scores / scores.sum(-1, true);
        var entropy = -(p * p.log()).sum(-1);
        Assert.Equal(entropy[tensor(mask)].mean().item<double>(), scene.Layer.Loads[0].Entropy, 1e-10);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void EntropyGoesFromZeroToTheLogarithmOfTheExperts(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var layer = new SoftmaxRaw { Lowering = lowering };
        var router = layer.state_dict()["gate.weight"];

        router.zero_();
        layer.forward(ones(3, 8));
        Assert.Equal(Math.Log(5), layer.Loads[0].Entropy, 1e-6); // float32 scores

        // Expert 3 alone: e^−1000 is zero in float32, and zero times its logarithm is zero.
        layer.UpdateBalance();
        router.select(0, 3).fill_(125);
        layer.forward(ones(3, 8));
        Assert.Equal(0, layer.Loads[0].Entropy);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void LossesAreReportedBeforeTheirWeights(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float64, lowering);
        scene.Layer.forward(scene.Input);
        var losses = scene.Layer.Loads[0].Losses.ToDictionary(loss => loss.Name, loss => loss.Value);
        Assert.Equal(["expert_balance", "sequence_balance"], losses.Keys.Order());
        Assert.Equal((0.05 * losses["expert_balance"]) + (0.02 * losses["sequence_balance"]), scene.Layer.BalanceLoss, 1e-12);

        // Σ f·P over the batch, by hand: f = N/(K·T)·c.
        var scores = scene.ReferenceInput.view(12, -1).detach().matmul(scene.Leaves["gate.weight"].detach().t()).softmax(-1);
        var f = tensor(scene.Reference.Counts).to(ScalarType.Float64) * (6.0 / (2 * 12));
        Assert.Equal((f * scores.mean([0])).sum().item<double>(), losses["expert_balance"], 1e-10);
    }

    /// <summary>As activation checkpointing does: the tokens count twice, and the noise is another unless the caller sets it back.</summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AForwardThatIsRepeatedInTrainingCountsAgain(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(Noisy), ScalarType.Float64, lowering);
        var (layer, state) = (scene.Layer, scene.Layer.GateRandomState);
        Tensor first;
        using (no_grad())
        {
            first = layer.forward(scene.Input);
        }

        var tokens = layer.Loads[0].Counts.Sum();
        Assert.NotEqual(0, tokens);
        Assert.False(layer.forward(scene.Input).eq(first).all().item<bool>(), "the noise is the same");
        Assert.Equal(2 * tokens, layer.Loads[0].Counts.Sum());
        layer.GateRandomState = state;
        Assert.True(layer.forward(scene.Input).eq(first).all().item<bool>(), "the noise is another");
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void SeveralForwardPassesAddTheirTokensAndAverageTheirLosses(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SoftmaxNormalized), ScalarType.Float64, lowering);
        scene.Layer.forward(scene.Input);
        var one = scene.Layer.Loads[0];
        scene.Layer.forward(scene.Input);
        var two = scene.Layer.Loads[0];
        Assert.Equal(one.Counts.Select(count => 2 * count), two.Counts);
        Assert.Equal(one.Entropy, two.Entropy, 1e-12);
        foreach (var (first, both) in one.Losses.Zip(two.Losses))
        {
            Assert.Equal(first.Name, both.Name);
            Assert.Equal(first.Value, both.Value, 1e-12);
        }

        scene.Layer.UpdateBalance();
        Assert.Equal(0, scene.Layer.Loads[0].Counts.Sum());
        Assert.Empty(scene.Layer.Loads[0].Losses);
        Assert.True(double.IsNaN(scene.Layer.Loads[0].Entropy));
    }

    [Theory]
    [MemberData(nameof(Gates))]
    public void NeitherEvaluationNorBackwardMovesACounter(string name, Lowering lowering)
    {
        using var scene = LayerScene.Make(name, ScalarType.Float64, lowering);
        scene.Layer.eval();
        scene.Layer.forward(scene.Input);
        Assert.Equal(0, scene.Layer.Loads[0].Counts.Sum());
        Assert.True(double.IsNaN(scene.Layer.Loads[0].Entropy));

        scene.Layer.train();
        var loss = (scene.Layer.forward(scene.Input) * scene.Probe).sum();
        var (load, balance) = (scene.Layer.Loads[0], scene.Layer.BalanceLoss);
        loss.backward(retain_graph: true);
        loss.backward();
        Assert.Equal(load.Counts, scene.Layer.Loads[0].Counts);
        Assert.Equal(load.Entropy, scene.Layer.Loads[0].Entropy);
        Assert.Equal(load.Losses, scene.Layer.Loads[0].Losses);
        Assert.Equal(balance, scene.Layer.BalanceLoss);
    }

    [Fact]
    public void PaddingAloneIsNoToken()
    {
        foreach (var lowering in new[] { Lowering.Kernels, Lowering.Torch })
        {
            using var layer = new SoftmaxNormalized { Lowering = lowering };
            layer.forward(ones(2, 3, 9), zeros(2, 3, dtype: ScalarType.Bool));
            Assert.Equal(0, layer.Loads[0].Counts.Sum());
            Assert.True(double.IsNaN(layer.Loads[0].Entropy));
            Assert.True(double.IsNaN(layer.Loads[0].MaxVio));
        }
    }

    /// <summary>Several tasks, the last one short, with and without padding: what a router in plain operations chooses, and the entropy of its scores.</summary>
    [Theory]
    [InlineData(Lowering.Kernels, ScalarType.Float64, 150, true)]
    [InlineData(Lowering.Kernels, ScalarType.Float32, 150, true)]
    [InlineData(Lowering.Kernels, ScalarType.Float64, 65, false)]
    [InlineData(Lowering.Kernels, ScalarType.Float32, 129, false)]
    [InlineData(Lowering.Torch, ScalarType.Float64, 150, true)]
    public void SeveralTasksReportWhatAReferenceCounts(Lowering lowering, ScalarType type, int tokens, bool isPadded)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        bool[] mask = [.. Enumerable.Range(0, tokens).Select(token => !isPadded || token % 5 != 2)];
        using var layer = new SoftmaxRaw { Lowering = lowering };
        layer.to(type);
        Draw.Fill(layer, 3);
        var input = Draw.Normal(4, 1, type, 1, tokens, 8);
        layer.forward(input, isPadded ? tensor(mask).view(1, tokens) : null);

        // In float32 as well no choice of these seeds is as near as its rounding: the counts are equal.
        var p = input.to(ScalarType.Float64).view(tokens, 8)[tensor(mask)].matmul(layer.state_dict()["gate.weight"].to(ScalarType.Float64).t()).softmax(-1);
        Assert.Equal(p.topk(2, -1).indexes.flatten().bincount(null, 5).data<long>().ToArray(), layer.Loads[0].Counts);

        // The logits are rounded to float32 there, some 1e-6 of them: so is the entropy.
        var entropy = -(p * p.log()).sum(-1).mean().item<double>();
        Assert.Equal(entropy, layer.Loads[0].Entropy, type == ScalarType.Float64 ? 1e-12 : 1e-5);
    }

    /// <summary>Choices before any is dropped, by chance or by the experts, in several tasks: whoever chooses, the numbers of pairs are known.</summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void GatesThatDropOrChooseTokensCountTheirOwnChoice(Lowering lowering)
    {
        using var noGrad = no_grad();
        using var input = Draw.Normal(4, 1, ScalarType.Float32, 150, 8);
        using var second = new ChanceSecond { Lowering = lowering };
        Draw.Fill(second, 3);
        second.forward(input);
        Assert.Equal(2 * 150, second.Loads[0].Counts.Sum());

        using var choice = new Choice { Lowering = lowering };
        Draw.Fill(choice, 3);
        choice.forward(input);
        Assert.All(choice.Loads[0].Counts, count => Assert.Equal((long)(1.5 * 150 / 4), count));
        Assert.InRange(choice.Loads[0].Entropy, 0.1, Math.Log(4));
    }

    [Theory]
    [InlineData(nameof(SigmoidGroups), ScalarType.Float32)]
    [InlineData(nameof(SigmoidGroups), ScalarType.Float64)]
    [InlineData(nameof(Choice), ScalarType.Float32)]
    [InlineData(nameof(ChanceSecond), ScalarType.Float64)]
    public void TheReportIsTheSameAtAnyNumberOfWorkers(string name, ScalarType type)
    {
        using var input = Draw.Normal(4, 1, type, 1000, LayerCase.All[name].Dim);
        var count = Workers.Shared.Count;
        try
        {
            ExpertLoad[] loads = [.. new[] { 1, 2, 3 }.Select(workers => LoadOf(name, input, workers))];
            Assert.All(loads, load => Assert.Equal(loads[0].Counts, load.Counts));
            Assert.All(loads, load => Assert.Equal(loads[0].Losses, load.Losses));
            Assert.Single(loads.Select(load => BitConverter.DoubleToInt64Bits(load.Entropy)).Distinct());
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    [Fact]
    public void TheFiguresOfALoadByHand()
    {
        // Four experts got 6, 2, 0 and 4 of twelve pairs, three of which were dropped: the mean is 3.
        var load = new ExpertLoad(5, [6, 2, 0, 4]) { Dropped = 3 };
        Assert.Equal(1, load.MaxVio);
        Assert.Equal(0, load.LeastShare);
        Assert.Equal(1, load.DeadExperts);
        Assert.Equal(0.25, load.DroppedShare);
    }

    private static ExpertLoad LoadOf(string name, Tensor input, int workers)
    {
        Workers.Shared.Count = workers;
        using var layer = LayerCase.All[name].Create();
        layer.to(input.dtype);
        Draw.Fill(layer, 3);
        layer.GateRandomState = new GateRandomState(5, 0);
        layer.forward(input);
        return layer.Loads[0];
    }
}
