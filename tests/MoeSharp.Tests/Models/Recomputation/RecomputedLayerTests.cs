using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Recomputation;

/// <summary>Layers that compute again what others keep have their numbers, bit for bit: there is no tolerance.</summary>
public class RecomputedLayerTests
{
    private static readonly Dictionary<string, Func<MoeLayer>[]> s_layers = new()
    {
        ["TwoLayers"] = [() => new TwoLayersKept(), () => new TwoLayersActivations(), () => new TwoLayersBlock()],
        ["Biased"] = [() => new BiasedKept(), () => new BiasedActivations(), () => new BiasedBlock()],
        ["Choice"] = [() => new ChoiceKept(), () => new ChoiceActivations(), () => new ChoiceBlock()],
    };

    public static TheoryData<string, Lowering, ScalarType> OnBoth
    {
        get
        {
            var data = new TheoryData<string, Lowering, ScalarType>();
            foreach (var name in s_layers.Keys)
            {
                data.Add(name, Lowering.Kernels, ScalarType.Float32);
                data.Add(name, Lowering.Kernels, ScalarType.Float64);
                data.Add(name, Lowering.Kernels, ScalarType.BFloat16);
                data.Add(name, Lowering.Torch, ScalarType.Float32);
            }

            return data;
        }
    }

    public static TheoryData<string, Lowering> Forms => OnLowerings.Of(s_layers.Keys);

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void OutputsAndGradientsAreTheSame(string name, Lowering lowering, ScalarType type) =>
        AssertSame(name, create => Run(create, lowering, type, training: true, _ => { }));

    [Theory]
    [MemberData(nameof(Forms))]
    public void TheyAreTheSameInEvaluation(string name, Lowering lowering) =>
        AssertSame(name, create => Run(create, lowering, ScalarType.Float32, training: false, _ => { }));

    /// <summary>Backward selects by the bias of forward, which has moved far since and been copied again by another forward.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void ABiasThatMovesBeforeBackwardChangesNothing(string name, Lowering lowering) => AssertSame(name, create =>
        Run(create, lowering, ScalarType.Float32, training: true, layer =>
        {
            layer.UpdateBalance();
            layer.forward(Draw.Normal(3, 1, ScalarType.Float32, 6, layer.Dim));
            layer.UpdateBalance();
        }));

    /// <summary>A move to another type gives the layer other parameters and biases; backward has those of forward, and the input gets its gradient.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void AMoveBeforeBackwardChangesNothing(string name, Lowering lowering) =>
        AssertSame(name, create => Run(create, lowering, ScalarType.Float32, training: true, layer => layer.to(ScalarType.Float64)));

    /// <summary>What a forward leaves behind for backward: with Block nothing on the CPU, and the input in TorchSharp's operations.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void MoreRecomputationKeepsLess(string name, Lowering lowering)
    {
        using var scope = NewDisposeScope();
        var kept = new List<long>();
        foreach (var create in s_layers[name])
        {
            using var layer = Filled.Of(create, lowering, ScalarType.Float32);
            var saved = new List<Tensor>();
            using var input = ones(6, layer.Dim);
            layer.Program().Forward(layer.Parameters.Weights, input, new PassSettings(6, 6, Training: true), saved);
            kept.Add(saved.Sum(tensor => tensor.numel()));
        }

        Assert.True(kept[0] > kept[1] && kept[1] > kept[2], string.Join(", ", kept));
        Assert.Equal(lowering == Lowering.Kernels ? 0 : 6 * 8, kept[2]);
    }

    private static void AssertSame(string name, Func<Func<MoeLayer>, List<byte[]>> run)
    {
        var runs = s_layers[name].Select(run).ToList();
        Assert.All(runs.Skip(1), numbers => Assert.Equal(runs[0], numbers));
    }

    /// <summary>Output, gradients and counters of a forward and a backward with padding; something happens in between.</summary>
    private static List<byte[]> Run(Func<MoeLayer> create, Lowering lowering, ScalarType type, bool training, Action<MoeLayer> between)
    {
        using var scope = NewDisposeScope();
        using var layer = Filled.Of(create, lowering, type);
        layer.train(training);
        var input = Draw.Normal(5, 1, type, 3, 11, layer.Dim).requires_grad_(true);
        var mask = ones(3, 11, dtype: ScalarType.Bool);
        mask.narrow(1, 8, 3).zero_();
        var output = layer.forward(input, mask);
        var (load, loss) = (layer.Loads[0], layer.BalanceLoss);
        between(layer);
        var after = (layer.Loads[0].Counts.Sum(), layer.BalanceLoss);
        (output * Draw.Normal(6, 1, type, 3, 11, layer.Dim)).sum().backward();
        Assert.Equal(after, (layer.Loads[0].Counts.Sum(), layer.BalanceLoss));
        return
        [
            Bytes(output), Bytes(input.grad!),
            .. layer.parameters().Select(parameter => parameter.grad is { } gradient ? Bytes(gradient) : []),
            [.. load.Counts.Append(load.Dropped).SelectMany(BitConverter.GetBytes)],
            BitConverter.GetBytes(load.Entropy), BitConverter.GetBytes(loss),
        ];
    }

    private static byte[] Bytes(Tensor tensor) => tensor.detach().contiguous().bytes.ToArray();
}
