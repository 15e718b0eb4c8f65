using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>Every balance loss, its value before the weight and its gradient, on both lowerings against plain operations under autograd.</summary>
public class LossTests
{
    private static readonly bool[] s_mask = [true, true, true, false, true, false, true, false, false, false, false, false];

    public static TheoryData<string, Lowering, ScalarType> OnBoth
    {
        get
        {
            var data = new TheoryData<string, Lowering, ScalarType>();
            foreach (var name in LossCase.All.Keys)
            {
                foreach (var lowering in new[] { Lowering.Kernels, Lowering.Torch })
                {
                    data.Add(name, lowering, ScalarType.Float64);
                    data.Add(name, lowering, ScalarType.Float32);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void Sequences(string name, Lowering lowering, ScalarType type) => Check(name, lowering, type, [2, 6]);

    /// <summary>More tokens than a task, in whose sums alone scores are added up in the gate's own type.</summary>
    [Theory]
    [MemberData(nameof(OnBoth))]
    public void ManyTokens(string name, Lowering lowering, ScalarType type) => Check(name, lowering, type, [2, 300]);

    /// <summary>Sequences that begin and end within a task, and some that two tasks share, with padding.</summary>
    [Theory]
    [MemberData(nameof(OnBoth))]
    public void SequencesAndTasksCutEachOther(string name, Lowering lowering, ScalarType type) =>
        Check(name, lowering, type, [9, 15], [.. Enumerable.Range(0, 9 * 15).Select(token => token % 7 != 3)]);

    /// <summary>Padding within a sequence, and a sequence that is all padding: neither is there for any loss.</summary>
    [Theory]
    [MemberData(nameof(OnBoth))]
    public void Padding(string name, Lowering lowering, ScalarType type) => Check(name, lowering, type, [3, 4], s_mask);

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void OneToken(string name, Lowering lowering, ScalarType type) => Check(name, lowering, type, [1, 1]);

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void AuxiliaryLossScaleAppliesToAll(string name, Lowering lowering, ScalarType type) =>
        Check(name, lowering, type, [2, 6], scale: 0.25);

    /// <summary>No loss and no gradient where all is padding, and nothing that is not a number.</summary>
    [Theory]
    [MemberData(nameof(OnBoth))]
    public void NothingButPadding(string name, Lowering lowering, ScalarType type)
    {
        using var scene = LossCase.All[name].Scene(type, lowering, [2, 3], new bool[6]);
        scene.Backward();
        Assert.Equal(0, scene.Layer.BalanceLoss);
        Assert.Equal(0, scene.Input.grad!.count_nonzero().item<long>());
        Assert.Equal(0, scene.Layer.get_parameter("gate.weight")!.grad!.count_nonzero().item<long>());
    }

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void EvaluationReportsNothingAndHasNoGradient(string name, Lowering lowering, ScalarType type)
    {
        using var scene = LossCase.All[name].Scene(type, lowering, [2, 6]);
        scene.Layer.eval();
        scene.Backward();
        Assert.Empty(scene.Layer.Loads[0].Losses);
        Assert.Equal(0, scene.Input.grad!.count_nonzero().item<long>());
    }

    [Theory]
    [InlineData(nameof(ManyLosses))]
    [InlineData(nameof(DeviceLosses))]
    [InlineData(nameof(HuggingFaceLosses))]
    public void BFloat16(string name)
    {
        // The gate is fp32 whatever the layer is; its input is rounded to 8 bits: 1e-2.
        using var scene = LossCase.All[name].Scene(ScalarType.BFloat16, Lowering.Auto, [2, 20]);
        scene.Backward();
        Assert.True(scene.Input.grad!.to(ScalarType.Float32).isfinite().all().item<bool>());
        foreach (var (loss, _, of) in LossCase.All[name].Losses)
        {
            var expected = of(scene).item<double>();
            Assert.Equal(expected, scene.Layer.Loads[0].Losses.Single(found => found.Name == loss).Value, 1e-2 * Math.Max(1, expected));
        }
    }

    private static void Check(string name, Lowering lowering, ScalarType type, long[] rows, bool[]? mask = null, double scale = 1)
    {
        // Float64: the formulas are the same, rounding of sums is below 1e-9; float32: rounding of a hundred operations.
        var tolerance = type == ScalarType.Float64 ? 1e-9 : 1e-4;
        var losses = LossCase.All[name].Losses;
        using var scene = LossCase.All[name].Scene(type, lowering, rows, mask);
        scene.Layer.AuxiliaryLossScale = scale;
        scene.Backward();
        var total = zeros(1, dtype: ScalarType.Float64).sum();
        foreach (var (loss, weight, of) in losses)
        {
            var value = of(scene);
            Assert.Equal(value.item<double>(), scene.Layer.Loads[0].Losses.Single(found => found.Name == loss).Value, tolerance * Math.Max(1, value.item<double>()));
            total = total + (value * weight);
        }

        Assert.Equal(losses.Length, scene.Layer.Loads[0].Losses.Count);
        Assert.Equal(total.item<double>(), scene.Layer.BalanceLoss, tolerance * Math.Max(1, total.item<double>()));
        (total * scale).backward();
        Assert.True(scene.Router.grad!.abs().max().item<double>() > 1e-6, "There is a gradient to be seen.");
        Compare.Near(scene.Input.grad!, scene.ReferenceInput.grad!, tolerance, "gradient of the input");
        Compare.Near(scene.Layer.get_parameter("gate.weight")!.grad!, scene.Router.grad!, tolerance, "gradient of the router");
    }
}
