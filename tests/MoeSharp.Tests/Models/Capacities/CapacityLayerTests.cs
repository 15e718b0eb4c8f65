using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>Layers that drop: which tokens, what they report, and that both are the same every time.</summary>
[Collection("Workers")]
public class CapacityLayerTests
{
    private const int Sequences = 40;
    private const int Sequence = 5;

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void ExemptSequencesNeverLoseAToken(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var layer = new DropsByDevice { Lowering = lowering };
        Draw.Fill(layer, 3);
        layer.GateRandomState = new GateRandomState(4, 0);
        var input = Draw.Normal(5, 1, ScalarType.Float32, Sequences, Sequence, 8);
        var exempt = Exempt(layer, 0.4);
        var trained = layer.forward(input);
        layer.eval();
        var whole = layer.forward(input);

        // Where nothing was dropped the output is that of evaluation, to the last bit on the CPU's kernels.
        var distance = (trained - whole).abs().amax([-1, -2]).data<float>().ToArray();
        Assert.InRange(exempt.Count(each => each), 8, 24); // 16 on average
        for (var sequence = 0; sequence < Sequences; sequence++)
        {
            Assert.True(!exempt[sequence] || distance[sequence] <= 1e-5, $"Exempt sequence {sequence} lost a token.");
        }

        Assert.Contains(Enumerable.Range(0, Sequences), sequence => !exempt[sequence] && distance[sequence] > 1e-3);
        Assert.True(layer.Loads[0].Dropped > 0);
    }

    [Fact]
    public void EachPassDrawsItsOwnSequencesAndTheSameAgainFromTheSameState()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var layer = new DropsByDevice();
        Draw.Fill(layer, 3);
        var input = Draw.Normal(5, 1, ScalarType.Float32, Sequences, Sequence, 8);
        layer.GateRandomState = new GateRandomState(4, 0);
        var (first, second) = (layer.forward(input), layer.forward(input));
        Assert.NotEqual(first.data<float>().ToArray(), second.data<float>().ToArray());
        layer.GateRandomState = new GateRandomState(4, 0);
        Assert.Equal(first.data<float>().ToArray(), layer.forward(input).data<float>().ToArray());
        Assert.Equal(second.data<float>().ToArray(), layer.forward(input).data<float>().ToArray());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AllTokensOnOneExpertLeaveItsPlacesToTheFirst(Lowering lowering)
    {
        // Every token's best expert is the second: ⌈1.25·1·20/4⌉ = 7 of 20 tokens stay, the others' output is zero, and three experts have none.
        using var scope = NewDisposeScope();
        using var layer = new SwitchLike { Lowering = lowering };
        Draw.Fill(layer, 2);
        using (no_grad())
        {
            var router = layer.state_dict()["gate.weight"];
            router.zero_();
            router[1, 0].fill_(5);
        }

        var input = Draw.Normal(6, 1, ScalarType.Float32, 4, 5, 8);
        input.narrow(-1, 0, 1).abs_().add_(0.5);
        input.requires_grad_(true);
        var output = layer.forward(input);
        output.sum().backward();
        var load = layer.Loads[0];
        Assert.Equal([0, 20, 0, 0], load.Counts);
        Assert.Equal(13, load.Dropped);
        Assert.Equal(0.65, load.DroppedShare, 1e-12);
        Assert.Equal(3, load.DeadExperts);
        var used = output.detach().view(20, 8).abs().sum(-1).gt(0).data<bool>().ToArray();
        Assert.Equal(Enumerable.Range(0, 20).Select(token => token < 7), used);

        // No gradient reaches a token that nothing saw, nor an expert that saw none.
        Assert.Equal(Enumerable.Range(0, 20).Select(token => token < 7), input.grad!.view(20, 8).abs().sum(-1).gt(0).data<bool>().ToArray());
        var experts = layer.get_parameter("experts.down_proj")!.grad!.abs().sum([1, 2]).gt(0).data<bool>().ToArray();
        Assert.Equal([false, true, false, false], experts);
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void BackwardTwiceDropsAndReportsOnce(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new DropsByScore { Lowering = lowering };
        Draw.Fill(layer, 2);
        var input = Draw.Normal(6, 1, ScalarType.Float32, 4, 5, 9).requires_grad_(true);
        var loss = layer.forward(input).sum();
        var (dropped, balance) = (layer.Loads[0].Dropped, layer.BalanceLoss);
        Assert.True(dropped > 0);
        layer.eval(); // what forward decided is decided
        loss.backward(retain_graph: true);
        using var once = input.grad!.clone();
        loss.backward();
        Compare.Near(input.grad!, once * 2, 1e-6, "twice the gradient");
        Assert.Equal((dropped, balance), (layer.Loads[0].Dropped, layer.BalanceLoss));
        layer.UpdateBalance();
        Assert.Equal(0, layer.Loads[0].Dropped);
    }

    [Fact]
    public void TheBiasFollowsWhatTheRouterChoseDroppedOrNot()
    {
        // Every token chooses experts 3, 4 and 5: their bias falls whatever was dropped of them.
        using var scope = NewDisposeScope();
        using var layer = new DropsBySigmoid();
        var bias = layer.state_dict()["gate.e_score_correction_bias"];
        using (no_grad())
        {
            bias.copy_(tensor([0f, 0, 0, 20, 20, 20]));
        }

        layer.forward(Draw.Normal(6, 1, ScalarType.Float32, 4, 5, 8));
        Assert.Equal([0, 0, 0, 20, 20, 20], layer.Loads[0].Counts);
        Assert.Equal(30, layer.Loads[0].Dropped); // ⌈1·3·20/6⌉ = 10 places each
        layer.UpdateBalance();
        Assert.Equal([0.001f, 0.001f, 0.001f, 19.999f, 19.999f, 19.999f], bias.data<float>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ForwardAndBackwardAreTheSameAtAnyNumberOfWorkers(string name)
    {
        var count = Workers.Shared.Count;
        try
        {
            var results = new[] { 1, 2, 3 }.Select(workers => Run(name, workers)).ToList();
            Assert.Equal(results[0], results[1]);
            Assert.Equal(results[0], results[2]);
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void InBFloat16ItIsNearFloat32(string name)
    {
        // Rounded inputs and weights, gates in float32: the same pairs are dropped.
        using var scope = NewDisposeScope();
        var layerCase = CapacityCase.All[name];
        using var narrow = layerCase.Create();
        using var wide = layerCase.Create();
        Draw.Fill(narrow, 3);
        narrow.to(ScalarType.BFloat16);
        wide.load_state_dict(narrow.state_dict());
        (narrow.GateRandomState, wide.GateRandomState) = (new GateRandomState(1, 0), new GateRandomState(1, 0));
        var input = Uneven(20, 6, layerCase.Dim).to(ScalarType.BFloat16).requires_grad_(true);
        var wideInput = input.detach().to(ScalarType.Float32).requires_grad_(true);
        var (output, expected) = (narrow.forward(input), wide.forward(wideInput));
        output.sum(ScalarType.Float32).backward();
        expected.sum().backward();
        Compare.Near(output, expected, 2e-2, "output");
        Compare.Near(input.grad!, wideInput.grad!, 2e-2, "gradient of the input");
        Assert.True(narrow.Loads[0].Dropped > 0);
        Assert.Equal(wide.Loads[0].Dropped, narrow.Loads[0].Dropped);
    }

    [Fact]
    public void ACompiledStepIsTheSameOnBothLowerings()
    {
        // Float64: scores of the two lowerings are within 1e-15, and none of them is as near to another.
        using var kernels = Step(Lowering.Kernels, out var expected, out var loads);
        using var torchOps = Step(Lowering.Torch, out var result, out var others);
        Assert.Equal(expected.LossSum, result.LossSum, 1e-9);
        Assert.All(loads, load => Assert.True(load.Dropped > 0));
        Assert.Equal(loads.Select(load => load.Dropped), others.Select(load => load.Dropped));
        Assert.Equal(loads[0].Entropy, others[0].Entropy, 1e-10);
        Compare.Near(torchOps.Parameters.Gradient, kernels.Parameters.Gradient, Compare.Double, "gradient");
    }

    /// <summary>Every layer.</summary>
    public static TheoryData<string> Names => [.. CapacityCase.All.Keys];

    private static DroppingModel Step(Lowering lowering, out StepResult result, out IReadOnlyList<ExpertLoad> loads)
    {
        var model = new DroppingModel();
        model.to(ScalarType.Float64);
        model.Lowering = lowering;
        Draw.Fill(model, 7);
        model.GateRandomState = new GateRandomState(7, 0);
        var random = new Random(8);
        result = model.Step([.. Enumerable.Range(0, 8 * 17).Select(_ => random.Next(256))], 8, 0.01, 1);
        loads = model.Loads;
        return model;
    }

    private static float[] Run(string name, int workers)
    {
        using var scope = NewDisposeScope();
        Workers.Shared.Count = workers;
        var layerCase = CapacityCase.All[name];
        using var layer = layerCase.Create();
        Draw.Fill(layer, 3);
        layer.GateRandomState = new GateRandomState(1, 0);
        var input = Uneven(60, 7, layerCase.Dim).requires_grad_(true);
        var output = layer.forward(input);
        output.square().sum().backward();
        Assert.True(layer.Loads[0].Dropped > 0);
        return [.. output.detach().data<float>().ToArray(), .. input.grad!.data<float>().ToArray(), .. layer.get_parameter("gate.weight")!.grad!.data<float>().ToArray()];
    }

    /// <summary>Tokens that are alike to a degree, so that some experts are over any capacity.</summary>
    private static Tensor Uneven(params long[] shape) => Draw.Normal(4, 1, ScalarType.Float32, shape) + 0.7f;

    private static bool[] Exempt(MoeLayer layer, double part)
    {
        var random = new GateRandom(new PassSettings(Sequences * Sequence, Sequence, Training: true) { RandomKey = layer.GateRandomState.Key }, 0, GateStream.ExemptSequence);
        return [.. Enumerable.Range(0, Sequences).Select(sequence => random.Uniform(sequence) < part)];
    }
}
