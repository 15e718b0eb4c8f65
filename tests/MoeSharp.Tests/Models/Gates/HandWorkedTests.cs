using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Gates;

/// <summary>
/// Every gate on four experts, worked by hand. The router hands the first columns of the input on as logits; the last column is 1, and makes expert e put exactly
/// its weight into column e: the layer's output is the matrix of routing weights.
/// </summary>
public class HandWorkedTests
{
    // Sums of four numbers near one.
    private const double Tolerance = 1e-12;

    /// <summary>Whose softmax is 0.1, 0.2, 0.3, 0.4.</summary>
    private static readonly double[] s_tenths = Logs(1, 2, 3, 4);

    public static TheoryData<Lowering> Lowerings => [Lowering.Kernels, Lowering.Torch];

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void SoftmaxRaw(Lowering lowering) => Check(new HandSoftmax(), lowering, [s_tenths], [0, 0, 0.3, 0.4]);

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void SwitchTakesTheRawProbability(Lowering lowering) => Check(new HandSwitch(), lowering, [s_tenths], [0, 0, 0, 0.4]);

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void SoftmaxNormalizedAndScaled(Lowering lowering) => Check(new HandNormalized(), lowering, [s_tenths], [0, 0, 6.0 / 7, 8.0 / 7]);

    /// <summary>Scores 1/2, 3/4, 1/4, 9/10.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void SigmoidOverTheSumOfTheSelected(Lowering lowering) =>
        Check(new HandSigmoid(), lowering, [Logs(1, 3, 1.0 / 3, 9)], [0, 0.75 / 1.65, 0, 0.9 / 1.65]);

    /// <summary>
    /// With −2 on every score: −1.5, −1.25 | −1.75, −1.1. The sums −2.75 and −2.85 keep the first group, and a closed expert at 0 would beat both of it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void AClosedGroupDoesNotBeatNegativeBiasedScores(Lowering lowering) =>
        Check(new HandTwoBest(), lowering, [Logs(1, 3, 1.0 / 3, 9)], [0.5 / 1.25, 0.75 / 1.25, 0, 0], Biased);

    /// <summary>The same scores: −1.1 is the best, so the second group stays.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void AGroupByItsBestScore(Lowering lowering) =>
        Check(new HandBest(), lowering, [Logs(1, 3, 1.0 / 3, 9)], [0, 0, 0.25 / 1.15, 0.9 / 1.15], Biased);

    /// <summary>In evaluation H is E·u, and the softmax over its two best is 3/7, 4/7.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void NoisyTopKWithoutNoise(Lowering lowering) => Check(new HandNoisy(), lowering, [s_tenths], [0, 0, 3.0 / 7, 4.0 / 7], layer => layer.eval());

    /// <summary>In training, E_noise·u = 0, softplus(0) = log 2: H = logits + ε·log 2.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void NoisyTopKWithNoise(Lowering lowering)
    {
        using var layer = new HandNoisy();
        layer.GateRandomState = new GateRandomState(5, 3);
        var settings = new PassSettings(1, 1, Training: true) { RandomKey = new GateRandomState(5, 3).Key };
        var noise = new double[4];
        new GateRandom(settings, 0, GateStream.Noise).Normal<double>(0, noise);
        Assert.DoesNotContain(0, noise);
        var h = s_tenths.Zip(noise, (logit, epsilon) => Math.Exp(logit + (epsilon * Math.Log(2)))).ToArray();
        var best = Enumerable.Range(0, 4).OrderByDescending(expert => h[expert]).Take(2).ToArray();
        double[] expected = [.. Enumerable.Range(0, 4).Select(expert => best.Contains(expert) ? h[expert] / (h[best[0]] + h[best[1]]) : 0)];
        Check(layer, lowering, [s_tenths], expected);
    }

    /// <summary>
    /// E1·u = 1, −1; gelu 0.84134…, −0.15865…; E2 gives 0.84134…, −0.15865…, 0.68268…, 0, whose softmax is 0.37703…, 0.13870…, 0.32171…, 0.16254…. The noise's
    /// amplitude starts at 0.
    /// </summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TwoLayers(Lowering lowering) =>
        Check(new HandTwoLayer(), lowering, [[1, -1, 0, 0]], [0.37703121458981886, 0, 0.32171714486788017, 0], layer =>
        {
            Set(layer, "gate.fc1.weight", [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]);
            Set(layer, "gate.fc2.weight", [1, 0], [0, 1], [1, 1], [0, 0]);
        });

    /// <summary>Pairs 1:3, 2:2, 9:1, 3:2, so the greatest are 3/4, 1/2, 9/10, 3/5.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TheGreatestSubScore(Lowering lowering) => Check(new HandSubMaximum(), lowering, [Logs(1, 3, 2, 2, 9, 1, 3, 2)], [0.75, 0, 0.9, 0]);

    /// <summary>Of a sum of 23 the experts have 4, 4, 10 and 5; the mean is half of that.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TheMeanOfSubScores(Lowering lowering) => Check(new HandSubMean(), lowering, [Logs(1, 3, 2, 2, 9, 1, 3, 2)], [0, 0, 5.0 / 23, 2.5 / 23]);

    [Theory]
    [InlineData(3, 4, 2, 1)] // 1.5
    [InlineData(10, 4, 4, 10)] // all
    [InlineData(100, 10, 2.3, 23)] // 22.999999999999996 in double
    [InlineData(100, 10, 1.1, 11)] // 11.000000000000002 in double
    [InlineData(5, 4, 1e300, 5)]
    [InlineData(5, 4, 1e-300, 0)]
    [InlineData(0, 4, 2, 0)]
    public void ThePlacesOfAnExpertAreTheFloorInDecimal(int tokens, int experts, double capacity, int places) =>
        Assert.Equal(places, MoeSharp.Runtime.ExpertChoice.Places(tokens, experts, capacity));

    /// <summary>C = 2 of 4 experts over 3 tokens: ⌊2·3/4⌋ = 1 token an expert. The third token, 0.25 everywhere, is nobody's best.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void EachExpertTakesItsBestToken(Lowering lowering) => Check(
        new HandChoice(), lowering, [s_tenths, Logs(4, 3, 2, 1), Logs(1, 1, 1, 1)], [0, 0, 0.3, 0.4, 0.4, 0.3, 0, 0, 0, 0, 0, 0]);

    /// <summary>The second token is padding: ⌊2·2/4⌋ = 1 token an expert, of the other two.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ExpertsNeverTakePadding(Lowering lowering) => Check(
        new HandChoice(),
        lowering,
        [s_tenths, Logs(4, 3, 2, 1), Logs(1, 1, 1, 1)],
        [0, 0, 0.3, 0.4, 0, 0, 0, 0, 0.25, 0.25, 0, 0],
        mask: [true, false, true]);

    /// <summary>Five equal tokens: ⌊2·5/4⌋ = 2 places, the first two tokens'. In evaluation too.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void EqualTokensGoInTheirOrder(Lowering lowering)
    {
        double[] flat = Logs(1, 1, 1, 1);
        double[] expected = [.. Enumerable.Repeat(0.25, 8), .. Enumerable.Repeat(0.0, 12)];
        Check(new HandChoice(), lowering, [flat, flat, flat, flat, flat], expected, layer => layer.eval());
    }

    /// <summary>One token is less than N/C: no expert takes it, forward and backward.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TooFewTokensForAnyExpert(Lowering lowering) => Check(new HandChoice(), lowering, [s_tenths], [0, 0, 0, 0]);

    /// <summary>g = 4/7, 3/7: the second is kept where a uniform number is below 6/7, and the first keeps its 4/7 either way.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TheSecondExpertByChance(Lowering lowering)
    {
        const int Tokens = 4000;
        using var layer = new HandChance();
        layer.GateRandomState = new GateRandomState(1, 0);
        var random = new GateRandom(new PassSettings(Tokens, Tokens, Training: true) { RandomKey = new GateRandomState(1, 0).Key }, 0, GateStream.SecondExpert);
        var kept = Enumerable.Range(0, Tokens).Select(token => random.Uniform(token) < 6.0 / 7).ToArray();

        // Five standard deviations of a share of 6/7 in 4000.
        Assert.Equal(6.0 / 7, kept.Average(yes => yes ? 1.0 : 0), 5 * Math.Sqrt(6.0 / 49 / Tokens));
        Check(layer, lowering, [.. Enumerable.Repeat(s_tenths, Tokens)], [.. kept.SelectMany(yes => new[] { 0, 0, yes ? 3.0 / 7 : 0, 4.0 / 7 })]);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void TheSecondExpertStaysInEvaluation(Lowering lowering) =>
        Check(new HandChance(), lowering, [s_tenths, s_tenths], [0, 0, 3.0 / 7, 4.0 / 7, 0, 0, 3.0 / 7, 4.0 / 7], layer => layer.eval());

    /// <summary>The gate sees logits times r, the experts do not: their column of ones would change the outputs otherwise.</summary>
    [Theory]
    [MemberData(nameof(Lowerings))]
    public void JitterIsTheGatesAlone(Lowering lowering)
    {
        using var layer = new HandJitter();
        layer.GateRandomState = new GateRandomState(2, 0);
        var factors = new double[5];
        new GateRandom(new PassSettings(1, 1, Training: true) { RandomKey = new GateRandomState(2, 0).Key }, 0, GateStream.Jitter).Factors<double>(0, 0.5, factors);
        Assert.All(factors, factor => Assert.InRange(factor, 0.5, 1.5));
        var s = s_tenths.Zip(factors, (logit, factor) => Math.Exp(logit * factor)).ToArray();
        var best = Enumerable.Range(0, 4).OrderByDescending(expert => s[expert]).Take(2).ToArray();
        Check(layer, lowering, [s_tenths], [.. Enumerable.Range(0, 4).Select(expert => best.Contains(expert) ? s[expert] / s.Sum() : 0)]);
    }

    private static double[] Logs(params double[] shares) => [.. shares.Select(share => Math.Log(share))];

    private static void Biased(MoeLayer layer) => Set(layer, "gate.e_score_correction_bias", [-2, -2, -2, -2]);

    /// <summary>Sets a parameter; one row is a vector.</summary>
    private static void Set(MoeLayer layer, string name, params double[][] rows)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var target = layer.state_dict()[name];
        target.copy_(tensor(rows.SelectMany(row => row).ToArray()).view(target.shape).to(target.dtype));
    }

    private static void Check(
        MoeLayer layer, Lowering lowering, double[][] logits, double[] expected, Action<MoeLayer>? arrange = null, bool[]? mask = null)
    {
        using var scope = NewDisposeScope();
        using var owned = layer;
        layer.to(ScalarType.Float64);
        layer.Lowering = lowering;
        var (one, silu) = (layer.Dim - 1, 1 / (1 + Math.Exp(-1)));
        for (var expert = 0; expert < 4; expert++)
        {
            double[] constant = [.. Enumerable.Range(0, layer.Dim).Select(column => column == one ? 1.0 : 0.0)];
            Set(layer, $"experts.{expert}.gate_proj.weight", constant);
            Set(layer, $"experts.{expert}.up_proj.weight", constant);
            Set(layer, $"experts.{expert}.down_proj.weight", [.. Enumerable.Range(0, layer.Dim).Select(row => row == expert ? 1 / silu : 0.0)]);
        }

        if (layer.state_dict().TryGetValue("gate.weight", out var router))
        {
            var rows = (int)router.shape[0];
            Set(layer, "gate.weight", [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, layer.Dim).Select(column => row == column ? 1.0 : 0.0).ToArray())]);
        }

        arrange?.Invoke(layer);
        var input = tensor(logits.SelectMany(row => row.Append(1)).ToArray()).view(logits.Length, layer.Dim).requires_grad_(true);
        var output = layer.forward(input, mask is null ? null : tensor(mask));
        var weights = output.detach().narrow(1, 0, 4).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, weights.Length);
        Assert.All(expected.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        output.sum().backward();
        Assert.True(input.grad!.isfinite().all().item<bool>());
    }
}
