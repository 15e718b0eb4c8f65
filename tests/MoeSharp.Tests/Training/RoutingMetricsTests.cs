using System.Text.Json;
using MoeSharp.Modules;
using MoeSharp.Tests.Data;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

/// <summary>What a run says of its gates, in <c>metrics.jsonl</c> and on the console.</summary>
public sealed class RoutingMetricsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void ALineOfTheLogHasEveryLayersFigures()
    {
        var line = Written(Metrics(
            new ExpertLoad(1, [6, 2, 0, 4]) { Entropy = 1.25, Dropped = 3, Losses = [new("expert_balance", 1.5), new("router_z", 4)] },
            new ExpertLoad(2, [3, 3, 3, 3]) { Entropy = 0.5, Losses = [new("expert_balance", 1)] }));
        Assert.Equal(1, line.GetProperty("max_vio").GetDouble());
        Assert.Equal(1, line.GetProperty("dead_experts").GetInt32());
        Assert.Equal(3, line.GetProperty("dropped").GetInt64());
        Assert.Equal(0.125, line.GetProperty("dropped_share").GetDouble());
        Assert.Equal([1, 0], Numbers(line, "max_vio_per_layer"));
        Assert.Equal([0, 0.25], Numbers(line, "least_share_per_layer"));
        Assert.Equal([1, 0], Numbers(line, "dead_experts_per_layer"));
        Assert.Equal([1.25, 0.5], Numbers(line, "router_entropy_per_layer"));
        Assert.Equal([3, 0], Numbers(line, "dropped_per_layer"));
        Assert.Equal([0.25, 0], Numbers(line, "dropped_share_per_layer"));
        var losses = line.GetProperty("balance_losses_per_layer");
        Assert.Equal([1.5, 1], Numbers(losses, "expert_balance"));
        Assert.Equal([4, null], Numbers(losses, "router_z"));
    }

    [Fact]
    public void WhatIsNoNumberIsNull()
    {
        var line = Written(Metrics(new ExpertLoad(0, [0, 0])));
        Assert.Equal([null], Numbers(line, "max_vio_per_layer"));
        Assert.Equal([null], Numbers(line, "router_entropy_per_layer"));
    }

    [Fact]
    public void TheConsoleHasEveryLayersFiguresBelowALineOfAll()
    {
        var layers = Enumerable.Range(1, 60).Select(layer => new ExpertLoad(layer, layer == 30 ? [9, 3, 0, 0] : [3, 3, 3, 3])
        {
            Dropped = 1,
            Entropy = 1.25,
            Losses = layer == 30 ? [new("expert_balance", 1.5), new("router_z", 1234.56)] : [new("expert_balance", 0.00012345)],
        });
        using var written = new StringWriter();
        new PlainProgress(written).Run(10, 0, display => display.Step(Metrics([.. layers]), logged: true));
        var lines = written.ToString().Split(Environment.NewLine);
        Assert.Equal("  step     loss       lr grad_norm    tok/s   memory  maxvio  dead dropped  balance", lines[0]);
        Assert.Equal("  1500   1.0312  3.00e-4     0.512    12345   1.4 GB    2.00     2   8.33%  1.05e-1", lines[1]);
        Assert.True(lines[1].Length < 100);
        Assert.Equal("  layer  MaxVio    least  dead  entropy  dropped  expert_balance  router_z", lines[2]);
        Assert.Equal("  1       0.000  25.00 %     0    1.250        1       0.0001234         –", lines[3]);
        Assert.Equal("  30      2.000   0.00 %     2    1.250        1             1.5      1235", lines[32]);
        Assert.Equal(60 + 3, lines.Count(line => line.Length > 0));
    }

    [Fact]
    public void ADenseModelHasNoLayersToShow()
    {
        using var written = new StringWriter();
        new PlainProgress(written).Run(10, 0, display => display.Step(Metrics(), logged: true));
        Assert.Equal(3, written.ToString().Split(Environment.NewLine).Length);
    }

    [Fact]
    public void ARunOfARealModelLogsThem()
    {
        using var model = new ReportedModel();
        var run = Path.Combine(_directory.Path, "run");
        using var output = new StringWriter();
        new Trainer(model, TinyCorpus.Create(), new TrainerOptions { Out = run, Output = output, Steps = 2 }).Run();
        var lines = File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Where(line => line.TryGetProperty("loss", out _)).ToList();
        Assert.Equal(2, lines.Count);
        foreach (var line in lines)
        {
            // Two sparse layers of four experts; a uniform gate has an entropy of log 4.
            Assert.All(Numbers(line, "router_entropy_per_layer"), value => Assert.InRange(value!.Value, 1, Math.Log(4)));
            Assert.Equal(2, Numbers(line, "least_share_per_layer").Length);
            var losses = line.GetProperty("balance_losses_per_layer");
            var (expert, sequence) = (Numbers(losses, "expert_balance"), Numbers(losses, "sequence_balance"));
            Assert.All(expert, value => Assert.InRange(value!.Value, 0.9, 4));
            Assert.Equal((0.05 * expert.Sum()!.Value) + (0.02 * sequence.Sum()!.Value), line.GetProperty("balance_loss").GetDouble(), 1e-9);
        }

        Assert.Contains("maxvio  dead dropped  balance", output.ToString(), StringComparison.Ordinal);
        Assert.Matches("layer +MaxVio +least +dead +entropy +dropped +[a-z]+_balance +[a-z]+_balance", output.ToString());
    }

    private static StepMetrics Metrics(params ExpertLoad[] layers) => new(1500, 1.0312, 0.1048, 3e-4, 0.512, 12345, 1_400_000_000, layers, 100);

    private static JsonElement Written(StepMetrics metrics)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            MetricsLine.Write(writer, metrics);
            writer.WriteEndObject();
        }

        return JsonDocument.Parse(bytes.ToArray()).RootElement;
    }

    private static double?[] Numbers(JsonElement line, string name) =>
        [.. line.GetProperty(name).EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble())];
}

/// <summary>A model of two sparse layers with two balance losses, in two micro-batches.</summary>
[Transformer(Vocab = 256, Dim = 16, Layers = 3, DenseLayers = 1, Context = 16)]
[Attention(Heads = 2)]
[FeedForward(Hidden = 16)]
[Experts(4, Active = 2, Hidden = 8)]
[ExpertBalance(0.05), SequenceBalance(0.02)]
[Train(Batch = 4, Steps = 2, MicroBatches = 2, LogEvery = 1, EvaluateEvery = 0, CheckpointEvery = 0), AdamW(0.01)]
public partial class ReportedModel;
