using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>Output, gradients and reports of layers that drop, under autograd, against the unfused reference in float64.</summary>
public class CapacityGradientTests
{
    // Of the distances between scores, some of which are under 1e-3 in every draw of 14 tokens; a float32 score is within 1e-6.
    private const double Margin = 1e-5;

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void Sequences(string name, Lowering lowering) => Check(name, lowering, [5, 4], mustDrop: true);

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void OneSequenceWithoutABatch(string name, Lowering lowering) => Check(name, lowering, [14]);

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void OneToken(string name, Lowering lowering) => Check(name, lowering, [1, 1]);

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void Padding(string name, Lowering lowering) => Check(
        name, lowering, [4, 4], mask: [true, true, true, false, true, true, true, true, false, false, false, false, true, true, false, true], mustDrop: true);

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void NothingButPadding(string name, Lowering lowering)
    {
        var layerCase = CapacityCase.All[name];
        using var scope = NewDisposeScope();
        using var layer = layerCase.Create();
        layer.Lowering = lowering;
        var input = Draw.Normal(1, 1, ScalarType.Float32, 2, 3, layerCase.Dim).requires_grad_(true);
        var output = layer.forward(input, zeros(2, 3, dtype: ScalarType.Bool));
        output.sum().backward();
        Assert.True(input.grad!.isfinite().all().item<bool>());
        Assert.Equal(0, layer.Loads[0].Dropped);
        if (!layerCase.Shared)
        {
            Assert.Equal(0, output.count_nonzero().item<long>());
        }
    }

    [Theory]
    [MemberData(nameof(CapacityCase.OnBoth), MemberType = typeof(CapacityCase))]
    public void EvaluationDropsNothing(string name, Lowering lowering)
    {
        using var scope = NewDisposeScope();
        var (layer, input, probe) = Scene(name, lowering, ScalarType.Float64, [5, 4], seed: 5);
        using var owned = layer;
        var (leaves, referenceInput) = (Draw.Leaves(layer), Copy(input));
        layer.eval();
        var output = layer.forward(input);
        (output * probe).sum().backward();

        var reference = new ReferenceCapacity(CapacityCase.All[name], leaves, referenceInput.view(20, -1), null, new bool[20], training: false);
        (reference.Y * probe.view(reference.Y.shape)).sum().backward();
        Compare.Near(output, reference.Y.view(output.shape), Compare.Double, "output");
        Compare.Near(input.grad!, referenceInput.grad!, Compare.Double, "gradient of the input");
        Compare.Gradients(layer, parameter => layer.get_parameter(parameter)!.grad!, leaves, Compare.Double);
        Assert.Equal(0, layer.Loads[0].Dropped);
        Assert.Equal(0, layer.Loads[0].Counts.Sum());
    }

    private static void Check(string name, Lowering lowering, long[] rows, bool[]? mask = null, bool mustDrop = false)
    {
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            var done = false;
            for (ulong seed = 1; seed <= 200 && !done; seed++)
            {
                using var scope = NewDisposeScope();
                done = TryCheck(name, lowering, type, rows, mask, mustDrop, seed);
            }

            Assert.True(done, $"No seed from 1 to 200 keeps {name}'s choices {Margin} apart, and drops.");
        }
    }

    private static bool TryCheck(string name, Lowering lowering, ScalarType type, long[] rows, bool[]? mask, bool mustDrop, ulong seed)
    {
        var layerCase = CapacityCase.All[name];
        var (layer, input, probe) = Scene(name, lowering, type, rows, seed);
        using var owned = layer;
        var (leaves, referenceInput) = (Draw.Leaves(layer), Copy(input));
        var reference = new ReferenceCapacity(layerCase, leaves, referenceInput.view(-1, layerCase.Dim), mask, Exempt(layer, layerCase, rows));
        if (reference.Margin < Margin || (mustDrop && reference.Dropped == 0))
        {
            return false;
        }

        var tolerance = Compare.Tolerance(type);
        var output = layer.forward(input, mask is null ? null : tensor(mask).view(rows));
        (output * probe).sum().backward();
        ((reference.Y * probe.to(ScalarType.Float64).view(reference.Y.shape)).sum() + reference.Balance).backward();
        Compare.Near(output, reference.Y.view(output.shape), tolerance, "output");
        Compare.Near(input.grad!, referenceInput.grad!, tolerance, "gradient of the input");
        Compare.Gradients(layer, parameter => layer.get_parameter(parameter)!.grad!, leaves, tolerance);

        var load = layer.Loads[0];
        Assert.Equal(reference.Counts, load.Counts);
        Assert.Equal(reference.Dropped, load.Dropped);
        Assert.Equal((double)reference.Dropped / reference.Counts.Sum(), load.DroppedShare);
        Assert.Equal(reference.Balance.item<double>(), layer.BalanceLoss, tolerance);
        return true;
    }

    private static (MoeLayer Layer, Tensor Input, Tensor Probe) Scene(string name, Lowering lowering, ScalarType type, long[] rows, ulong seed)
    {
        var layer = CapacityCase.All[name].Create();
        layer.to(type);
        layer.Lowering = lowering;
        Draw.Fill(layer, seed);
        layer.GateRandomState = new GateRandomState((long)seed, 0);
        long[] shape = [.. rows, CapacityCase.All[name].Dim];
        return (layer, Draw.Normal(seed + 1000, 1, type, shape).requires_grad_(true), Draw.Normal(seed + 1001, 1, type, shape));
    }

    /// <summary>The tokens of the sequences that the next pass will draw.</summary>
    private static bool[] Exempt(MoeLayer layer, CapacityCase layerCase, long[] rows)
    {
        var sequence = (int)rows[^1];
        var settings = new PassSettings((int)rows.Aggregate((a, b) => a * b), sequence, Training: true) { RandomKey = layer.GateRandomState.Key };
        var random = new GateRandom(settings, 0, GateStream.ExemptSequence);
        return [.. Enumerable.Range(0, settings.Tokens).Select(token => layerCase.Exempt > 0 && random.Uniform(token / sequence) < layerCase.Exempt)];
    }

    private static Tensor Copy(Tensor input) => input.detach().to(ScalarType.Float64, copy: true).requires_grad_(true);
}
