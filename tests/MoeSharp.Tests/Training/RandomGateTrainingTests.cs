using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Data;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

/// <summary>Runs of models whose gates draw random numbers: one seed gives one run, also where it was stopped in between.</summary>
public sealed class RandomGateTrainingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AResumedRunEqualsTheUninterruptedOneBitForBit(bool byChance)
    {
        var (losses, finished) = Train(byChance, new TrainerOptions { Out = Named("whole") });
        var (before, stopped) = Train(byChance, new TrainerOptions { Out = Named("parts"), Steps = 7 });
        var (after, resumed) = Train(byChance, new TrainerOptions { Resume = stopped.Run, Steps = 12 });
        Assert.Equal(losses, before.Concat(after));
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(finished.Checkpoint, file)), File.ReadAllBytes(Path.Combine(resumed.Checkpoint, file)));
        }
    }

    [Fact]
    public void TheNumbersOfAGateAreInTheLoss()
    {
        // From the same weights, on the same text: only the gates' random numbers differ.
        using var first = new NoisyModel();
        using var second = new NoisyModel();
        first.Initialize(3);
        second.Initialize(3);
        second.GateRandomState = new GateRandomState(4, 0);
        int[] windows = [.. Enumerable.Range(0, 4 * 13).Select(at => at * 7 % 256)];
        Assert.NotEqual(first.Step(windows, 4, 1, 1).LossSum, second.Step(windows, 4, 1, 1).LossSum);
        Assert.Equal(first.Evaluate(windows, 4).LossSum, second.Evaluate(windows, 4).LossSum);
        Assert.Equal(new GateRandomState(3, 1), first.GateRandomState);
    }

    private static (List<double> Losses, TrainingResult Result) Train(bool byChance, TrainerOptions options)
    {
        using TransformerModule model = byChance ? new ChanceModel() : new NoisyModel();
        var losses = new List<double>();
        var result = new Trainer(model, TinyCorpus.Create(), options with { Output = TextWriter.Null, Stepped = metrics => losses.Add(metrics.Loss) }).Run();
        return (losses, result);
    }

    private string Named(string name) => Path.Combine(_directory.Path, name);
}
