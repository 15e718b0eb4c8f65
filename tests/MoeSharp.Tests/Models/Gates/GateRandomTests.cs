using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Gates;

/// <summary>The random numbers of gates: what they follow from, and what draws none.</summary>
[Collection("Workers")]
public class GateRandomTests
{
    private const int Draws = 100_000;

    [Fact]
    public void NormalNumbersHaveTheirMoments()
    {
        var row = new double[Draws];
        Random().Normal<double>(0, row);

        // Five standard deviations of each estimate.
        Assert.Equal(0, row.Average(), 5 / Math.Sqrt(Draws));
        Assert.Equal(1, row.Average(x => x * x), 5 * Math.Sqrt(2.0 / Draws));
        Assert.Equal(3, row.Average(x => x * x * x * x), 5 * Math.Sqrt(96.0 / Draws));
        Assert.Equal(0, row.Skip(1).Zip(row).Average(pair => pair.First * pair.Second), 5 / Math.Sqrt(Draws));
    }

    [Fact]
    public void FactorsAreUniform()
    {
        var row = new double[Draws];
        Random().Factors<double>(0, 0.25, row);
        Assert.All(row, factor => Assert.InRange(factor, 0.75, 1.25));
        Assert.Equal(1, row.Average(), 5 * 0.25 / Math.Sqrt(3.0 * Draws));
        Assert.Equal(0.25 * 0.25 / 3, row.Average(x => (x - 1) * (x - 1)), 0.001);
    }

    [Fact]
    public void SeedPassLayerStreamAndTokenEachGiveOthers()
    {
        double[][] rows =
        [
            Row(Random()), Row(Random(seed: 2)), Row(Random(calls: 1)), Row(Random(layer: 1)), Row(Random(stream: GateStream.Jitter)), Row(Random(), token: 1),
        ];
        Assert.Equal(Row(Random()), rows[0]);
        Assert.Equal(rows.Length * rows[0].Length, rows.SelectMany(row => row).Distinct().Count());
    }

    [Fact]
    public void EvaluationAndPaddingDrawNothing()
    {
        var evaluation = new GateRandom(new PassSettings(2, 2, Training: false), 0, GateStream.Noise);
        var padded = new GateRandom(new PassSettings(2, 2, Training: true) { Mask = [true, false] }, 0, GateStream.Noise);
        Assert.False(evaluation.Draws(0));
        Assert.True(padded.Draws(0));
        Assert.False(padded.Draws(1));
        Assert.All(Row(padded, token: 1), noise => Assert.Equal(0, noise));
        var factors = new double[3];
        evaluation.Factors<double>(0, 0.5, factors);
        Assert.All(factors, factor => Assert.Equal(1, factor));
    }

    [Theory]
    [InlineData(nameof(Noisy))]
    [InlineData(nameof(NoisyGroups))]
    [InlineData(nameof(TwoNoisyLayers))]
    [InlineData(nameof(ChanceSecond))]
    [InlineData(nameof(SwitchGate))]
    [InlineData(nameof(JitteredChoice))]
    public void OneSeedGivesOneLayerAndEveryPassOtherNumbers(string name)
    {
        using var scope = NewDisposeScope();
        using var layer = LayerCase.All[name].Create();
        Draw.Fill(layer, 3);
        layer.GateRandomState = new GateRandomState(1, 0);
        var input = Draw.Normal(4, 1, ScalarType.Float32, 40, layer.Dim);
        var (first, second) = (Bytes(layer.forward(input)), Bytes(layer.forward(input)));
        Assert.NotEqual(first, second);
        Assert.Equal(new GateRandomState(1, 2), layer.GateRandomState);

        // Evaluation draws nothing, and is the same every time.
        layer.eval();
        Assert.Equal(Bytes(layer.forward(input)), Bytes(layer.forward(input)));
        Assert.Equal(new GateRandomState(1, 2), layer.GateRandomState);
        layer.train();

        layer.GateRandomState = new GateRandomState(1, 0);
        Assert.Equal(first, Bytes(layer.forward(input)));
        Assert.Equal(second, Bytes(layer.forward(input)));
        layer.GateRandomState = new GateRandomState(2, 0);
        Assert.NotEqual(first, Bytes(layer.forward(input)));
    }

    [Fact]
    public void TheSeedOfTorchDecides()
    {
        using var scope = NewDisposeScope();
        var states = new[] { 7, 7, 8 }.Select(seed =>
        {
            manual_seed(seed);
            using var layer = new Noisy();
            return layer.GateRandomState;
        }).ToArray();
        Assert.Equal(states[0], states[1]);
        Assert.NotEqual(states[0], states[2]);
        Assert.Equal(0, states[0].Calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AStepIsTheSameAtAnyNumberOfWorkers(bool byChance)
    {
        var count = Workers.Shared.Count;
        try
        {
            var expected = Step(byChance, workers: 1, Lowering.Kernels, ScalarType.Float32);
            foreach (var workers in new[] { 2, 3 })
            {
                var (loss, gradient) = Step(byChance, workers, Lowering.Kernels, ScalarType.Float32);
                Assert.Equal(expected.Loss, loss);
                Assert.Equal(expected.Gradient, gradient);
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    /// <summary>The gates of several layers draw the same in both lowerings; sums of some dozen roundings of 1e-16 follow.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AStepIsTheSameInBothLowerings(bool byChance)
    {
        var (kernels, torchOps) = (
            Step(byChance, Workers.Shared.Count, Lowering.Kernels, ScalarType.Float64),
            Step(byChance, Workers.Shared.Count, Lowering.Torch, ScalarType.Float64));
        Assert.Equal(torchOps.Loss, kernels.Loss, 1e-9 * torchOps.Loss);
        using var scope = NewDisposeScope();
        Compare.Near(tensor(kernels.Numbers), tensor(torchOps.Numbers), 1e-9, "gradient");
    }

    private static (double Loss, byte[] Gradient, double[] Numbers) Run(TransformerModule model)
    {
        var random = new Random(8);
        int[] windows = [.. Enumerable.Range(0, 32 * 9).Select(_ => random.Next(256))];
        var result = model.Step(windows, 32, 0.01, 1);
        return (result.LossSum + result.BalanceLoss, model.Parameters.Gradient.bytes.ToArray(), model.Parameters.Gradient.to(ScalarType.Float64).data<double>().ToArray());
    }

    private static Stepped Step(bool byChance, int workers, Lowering lowering, ScalarType type)
    {
        Workers.Shared.Count = workers;
        using var scope = NewDisposeScope();
        using TransformerModule model = byChance ? new ChanceModel() : new NoisyModel();
        model.to(type);
        model.Lowering = lowering;
        Draw.Fill(model, 7);
        model.GateRandomState = new GateRandomState(6, 0);
        var (loss, gradient, numbers) = Run(model);
        return new Stepped(loss, gradient, numbers);
    }

    private static byte[] Bytes(Tensor tensor) => tensor.detach().contiguous().bytes.ToArray();

    private static double[] Row(GateRandom random, int token = 0)
    {
        var row = new double[3];
        random.Normal<double>(token, row);
        return row;
    }

    private static GateRandom Random(long seed = 1, long calls = 0, int layer = 0, GateStream stream = GateStream.Noise) =>
        new(new PassSettings(1, 1, Training: true) { RandomKey = new GateRandomState(seed, calls).Key }, layer, stream);

    private sealed record Stepped(double Loss, byte[] Gradient, double[] Numbers)
    {
        public void Deconstruct(out double loss, out byte[] gradient) => (loss, gradient) = (Loss, Gradient);
    }
}
