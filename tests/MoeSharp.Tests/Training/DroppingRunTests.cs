using System.Text.Json;
using MoeSharp.Tests.Data;
using MoeSharp.Tests.Models.Capacities;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

/// <summary>Runs of a model that drops: the same every time, and what they say of it.</summary>
public sealed class DroppingRunTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void OneSeedGivesOneRun()
    {
        var (first, second) = (Train(new TrainerOptions { Out = Named("a") }), Train(new TrainerOptions { Out = Named("b") }));
        Assert.Equal(first.Steps.Select(step => (step.Loss, step.Dropped)), second.Steps.Select(step => (step.Loss, step.Dropped)));
        Assert.NotEqual(first.Steps.Select(step => step.Loss), Train(new TrainerOptions { Out = Named("c"), Seed = 2 }).Steps.Select(step => step.Loss));
    }

    [Fact]
    public void AResumedRunExemptsTheSequencesOfTheUninterruptedOne()
    {
        var (whole, finished) = Train(new TrainerOptions { Out = Named("whole") });
        var (before, stopped) = Train(new TrainerOptions { Out = Named("parts"), Steps = 5 });
        var (after, resumed) = Train(new TrainerOptions { Resume = stopped.Run, Steps = 12 });
        Assert.Equal(whole.Select(step => (step.Loss, step.Dropped)), before.Concat(after).Select(step => (step.Loss, step.Dropped)));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(finished.Checkpoint, "model.safetensors")), File.ReadAllBytes(Path.Combine(resumed.Checkpoint, "model.safetensors")));
    }

    [Fact]
    public void WhatWasDroppedIsInTheLogOnTheConsoleAndInTheTable()
    {
        using var output = new StringWriter();
        var (steps, result) = Train(new TrainerOptions { Out = Named("run"), Output = output });
        var lines = File.ReadLines(Path.Combine(result.Run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("loss", out _)).ToList();
        Assert.Equal(12, lines.Count);
        foreach (var (line, step) in lines.Zip(steps))
        {
            // Two layers, two micro-batches of 64 tokens: 256 pairs a layer and step; beyond ⌈0.8·2·64/2⌉ = 52 a device and micro-batch nothing fits but
            // what is exempt.
            Assert.Equal([256, 256], step.Layers.Select(layer => layer.Counts.Sum()));
            Assert.Equal(step.Dropped, line.GetProperty("dropped").GetInt64());
            Assert.Equal(step.Layers.Select(layer => layer.Dropped), line.GetProperty("dropped_per_layer").EnumerateArray().Select(value => value.GetInt64()));
            Assert.Equal(step.Dropped / 512.0, line.GetProperty("dropped_share").GetDouble(), 1e-12);
            Assert.True(step.Dropped <= 512 - (4 * 2 * 12)); // no device dropped more than what was beyond its budget
        }

        Assert.Contains(steps, step => step.Dropped > 0);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{100 * steps[^1].DroppedShare:F2}%"), output.ToString(), StringComparison.Ordinal);

        using var model = new DroppingModel();
        using var report = new StringWriter();
        TrainingReport.Write(model, TinyCorpus.Create(), result, report);
        Assert.Contains("MaxVio  dead  dropped", report.ToString(), StringComparison.Ordinal);
        var share = steps.Sum(step => step.Layers[0].Dropped) / (12 * 256.0);
        Assert.Contains(share.ToString("P2", System.Globalization.CultureInfo.InvariantCulture), report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunOfADroplessModelHasNoSuchColumn()
    {
        using var model = new ReportedModel();
        using var report = new StringWriter();
        var result = new Trainer(model, TinyCorpus.Create(), new TrainerOptions { Out = Named("dropless"), Output = TextWriter.Null }).Run();
        TrainingReport.Write(model, TinyCorpus.Create(), result, report);
        Assert.DoesNotContain("dropped", report.ToString(), StringComparison.Ordinal);
    }

    private (List<StepMetrics> Steps, TrainingResult Result) Train(TrainerOptions options)
    {
        using var model = new DroppingModel();
        var steps = new List<StepMetrics>();
        var result = new Trainer(model, TinyCorpus.Create(), options with { Output = options.Output ?? TextWriter.Null, Stepped = steps.Add }).Run();
        return (steps, result);
    }

    private string Named(string run) => Path.Combine(_directory.Path, run);
}
