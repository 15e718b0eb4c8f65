using MoeSharp.Modules;
using MoeSharp.Tests.Data;
using MoeSharp.Tests.Models.Declared;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

/// <summary>Runs in bfloat16: they learn as float32 does, and go on bit for bit.</summary>
public sealed class MixedTrainingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void TheLossFallsAsInFloat32()
    {
        using var mixed = new MixedModel();
        using var wide = new WideModel();
        var (losses, _) = Train(mixed, new TrainerOptions { Out = Named("mixed") });
        var (expected, _) = Train(wide, new TrainerOptions { Out = Named("wide") });
        Assert.NotEqual(expected, losses);
        Assert.True(losses[^1] < 0.75 * losses[0], $"from {losses[0]} to {losses[^1]} nats: nothing was learned");

        // Forty steps on few bytes: the two runs drift apart by the noise of rounding, not by what they learn.
        Assert.Equal(expected[^5..].Average(), losses[^5..].Average(), 0.05 * expected[^1]);
    }

    [Fact]
    public void AResumedRunEqualsTheUninterruptedOneBitForBit()
    {
        using var whole = new MixedModel();
        using var begun = new MixedModel();
        using var rest = new MixedModel();
        var (losses, finished) = Train(whole, new TrainerOptions { Out = Named("whole"), Steps = 12 });
        var (before, stopped) = Train(begun, new TrainerOptions { Out = Named("parts"), Steps = 7 });
        var (after, resumed) = Train(rest, new TrainerOptions { Resume = stopped.Run, Steps = 12 });
        Assert.Equal(losses, before.Concat(after));
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(finished.Checkpoint, file)), File.ReadAllBytes(Path.Combine(resumed.Checkpoint, file)));
        }
    }

    private static (List<double> Losses, TrainingResult Result) Train(TransformerModule model, TrainerOptions options)
    {
        var losses = new List<double>();
        var result = new Trainer(model, TinyCorpus.Create(), options with { Output = TextWriter.Null, Stepped = metrics => losses.Add(metrics.Loss) }).Run();
        return (losses, result);
    }

    private string Named(string run) => Path.Combine(_directory.Path, run);
}
