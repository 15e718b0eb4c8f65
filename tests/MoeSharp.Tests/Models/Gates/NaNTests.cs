using MoeSharp.Modules;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Gates;

/// <summary>A score that is NaN is chosen last, after −∞, in both lowerings. By itself libtorch takes NaN for the greatest.</summary>
public class NaNTests
{
    public static TheoryData<Lowering> Lowerings => [Lowering.Kernels, Lowering.Torch];

    /// <summary>Scores NaN, 3/4, 1/4, 1/2: the second and the fourth, and nothing of NaN in what they give.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ANumberIsChosenBeforeNaN(Lowering lowering) => Check(new HandSigmoid(), lowering, [0, 1, 0, 1]);

    /// <summary>The first group has −∞ as the sum of its two best: the second stays.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void InTheSumOfTwoBestItIsMinusInfinity(Lowering lowering) => Check(new HandTwoBest(), lowering, [0, 0, 1, 1]);

    /// <summary>The first group has 3/4 as its best and stays; the closed experts are −∞, and the first of them comes before NaN.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void AGroupsBestIsANumber(Lowering lowering) => Check(new HandBest(), lowering, [0, 1, 1, 0]);

    /// <summary>Three tokens of four logits, those of the second NaN: ⌊2·3/4⌋ = 1 place an expert, which one of the others takes.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void NoExpertChoosesATokenOfNaN(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = new HandChoice { Lowering = lowering };
        var input = tensor(new[] { 1f, 2, 3, 4, 1, float.NaN, 0, 0, 0, 1, 0, 0, 0, 0, 1 }).view(3, 5);
        var output = layer.forward(input);
        Assert.True(output.isfinite().all().item<bool>());
        Assert.True(output[1].eq(0).all().item<bool>(), "an expert chose it");
    }

    /// <summary>Logits NaN, log 3, −log 3, 0 for one token, whose first column is 1.</summary>
    private static void Check(MoeLayer layer, Lowering lowering, long[] counts)
    {
        using var scope = NewDisposeScope();
        using var owned = layer;
        layer.Lowering = lowering;
        using (no_grad())
        {
            var router = layer.state_dict()["gate.weight"];
            router.zero_();
            float[] logits = [float.NaN, MathF.Log(3), -MathF.Log(3), 0];
            router.select(1, 0).copy_(tensor(logits));
        }

        var output = layer.forward(tensor(new[] { 1f, 0, 0, 0, 0 }).view(1, 5));
        Assert.Equal(counts, layer.Loads[0].Counts);
        Assert.True(output.isfinite().all().item<bool>());
    }
}
