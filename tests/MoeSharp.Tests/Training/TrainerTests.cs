using System.Text.Json;
using MoeSharp.Data;
using MoeSharp.Tests.Data;
using MoeSharp.Training;
using TorchSharp;
using Xunit;

namespace MoeSharp.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly TrainingRecipe s_recipe = new()
    {
        Batch = 4,
        Steps = 12,
        MicroBatches = 2,
        LogEvery = 3,
        EvaluateEvery = 4,
        CheckpointEvery = 5,
        AdamW = new AdamWSettings { LearningRate = 0.01 },
        Schedule = LearningRate.WarmupCosine(3),
        ClipNorm = 0.2,
    };

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void One_seed_gives_one_run_and_another_seed_another()
    {
        var (first, _) = Train("a");
        var (second, _) = Train("b");
        var (other, _) = Train("c", new TrainerOptions { Seed = 2 });
        Assert.Equal(12, first.Losses.Count);
        Assert.Equal(first.Losses, second.Losses);
        Assert.Equal(first.Weights, second.Weights);
        Assert.NotEqual(first.Losses, other.Losses);
        Assert.True(first.Losses[^1] < first.Losses[0], "nothing was learned");
    }

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void A_stopped_and_resumed_run_equals_the_uninterrupted_one_bit_for_bit(int stopAfter)
    {
        var (whole, wholeResult) = Train("whole");
        using var stop = new CancellationTokenSource();
        var (begun, stopped) = Train("parts", new TrainerOptions { Stop = stop.Token }, step =>
        {
            if (step == stopAfter)
            {
                stop.Cancel();
            }
        });
        Assert.False(stopped.Completed);
        Assert.Equal(stopAfter, stopped.Step);
        Assert.EndsWith($"checkpoint-{stopAfter}", stopped.Checkpoint, StringComparison.Ordinal);

        var (rest, finished) = Train(null, new TrainerOptions { Resume = stopped.Run });
        Assert.Equal(whole.Losses, begun.Losses.Concat(rest.Losses));
        Assert.Equal(whole.Weights, rest.Weights);
        Assert.Equal(whole.Balance, rest.Balance);
        Assert.Equal(wholeResult.BitsPerByte, finished.BitsPerByte);
        foreach (var file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(wholeResult.Checkpoint, file)), File.ReadAllBytes(Path.Combine(finished.Checkpoint, file)));
        }
    }

    [Fact]
    public void A_batch_in_parts_is_the_batch()
    {
        var (parts, _) = Train("a");
        var (one, _) = Train("b", recipe: s_recipe with { MicroBatches = 1 });

        // The same sums in float32 in another order.
        Assert.All(parts.Losses.Zip(one.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run_and_names_step_and_layer()
    {
        using var model = new TinyModel(s_recipe) { BreakAt = 15 };
        var path = Path.Combine(_directory.Path, "run");
        var failure = Assert.Throws<TrainingException>(() => new Trainer(model, TinyCorpus.Create(), new TrainerOptions { Out = path, Output = TextWriter.Null }).Run());

        // Two parts a step: the fifteenth part belongs to step 8, the last checkpoint before it is of step 5.
        Assert.StartsWith("Step 8: the loss is NaN", failure.Message, StringComparison.Ordinal);
        Assert.Contains("layer 1", failure.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-5", failure.Message, StringComparison.Ordinal);
        using var fresh = new TinyModel(s_recipe);
        Checkpoint.LoadWeights(fresh, path);
        Assert.DoesNotContain(fresh.Weights, float.IsNaN);
    }

    [Fact]
    public void A_run_leaves_its_config_its_metrics_and_one_checkpoint()
    {
        var (_, result) = Train("run");
        Assert.Equal(["checkpoint-12", "config.json", "metrics.jsonl"], Directory.GetFileSystemEntries(result.Run).Select(Path.GetFileName).Order());
        Assert.Equal(
            ["model.safetensors", "optimizer.safetensors", "state.json"],
            Directory.GetFiles(result.Checkpoint).Select(Path.GetFileName).Order());

        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(result.Run, "config.json")));
        Assert.Equal("tiny", config.RootElement.GetProperty("model_type").GetString());
        Assert.Equal("float32", config.RootElement.GetProperty("torch_dtype").GetString());
        Assert.Equal(8, config.RootElement.GetProperty("training").GetProperty("sequence_length").GetInt32());

        var lines = File.ReadLines(Path.Combine(result.Run, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([1, 3, 6, 9, 12], lines.Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("step").GetInt32()));
        Assert.Equal([4, 8, 12], lines.Where(line => line.TryGetProperty("validation_loss", out _)).Select(line => line.GetProperty("step").GetInt32()));
        var first = lines[0];
        foreach (var name in new[] { "balance_loss", "lr", "grad_norm", "tokens_per_second", "memory_bytes", "max_vio", "seconds" })
        {
            Assert.True(double.IsFinite(first.GetProperty(name).GetDouble()), name);
        }

        Assert.Equal(0.25, first.GetProperty("balance_loss").GetDouble());
        Assert.Equal(1, first.GetProperty("max_vio_per_layer").GetArrayLength());
    }

    [Fact]
    public void Validation_predicts_every_byte_once()
    {
        // A model of zeros gives each byte 8 bits, whatever the windows are.
        using var model = new TinyModel(s_recipe);
        model.Parameters.Weights.zero_();
        foreach (var length in new[] { 8, 9, 15, 16, 17, 67 })
        {
            Assert.Equal(Math.Log(256), new Validation(new byte[length], 8, 3).Run(model), 1e-9);
        }
    }

    [Fact]
    public void Another_text_or_a_finished_run_is_not_gone_on_with()
    {
        using var stop = new CancellationTokenSource();
        var (_, stopped) = Train("run", new TrainerOptions { Stop = stop.Token }, _ => stop.Cancel());
        using var model = new TinyModel(s_recipe);
        var options = new TrainerOptions { Resume = stopped.Run, Output = TextWriter.Null };
        Assert.Throws<TextDataException>(() => new Trainer(model, TinyCorpus.Create("word"), options).Run());
        new Trainer(model, TinyCorpus.Create(), options).Run();
        Assert.Contains("all of its 12 steps", Assert.Throws<TrainingException>(() => new Trainer(model, TinyCorpus.Create(), options).Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_shape_is_named_before_a_weight_moves()
    {
        var (_, result) = Train("run");
        using var model = new TinyModel(s_recipe);
        var before = model.Weights;
        var path = Path.Combine(result.Checkpoint, "model.safetensors");
        var tensors = SafeTensors.Load(path);
        tensors["norm"] = torch.zeros(3);
        SafeTensors.Save(path, tensors);
        Assert.Contains("'norm' is [3] there and [256] in the model", Assert.Throws<CheckpointException>(() => Checkpoint.LoadWeights(model, result.Run)).Message, StringComparison.Ordinal);
        tensors.Remove("norm");
        SafeTensors.Save(path, tensors);
        Assert.Contains("lacks 'norm'", Assert.Throws<CheckpointException>(() => Checkpoint.LoadWeights(model, result.Run)).Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Weights);
    }

    [Fact]
    public void From_the_third_step_on_no_tensor_is_left_behind()
    {
        var live = new List<long>();
        Train("run", recipe: s_recipe with { EvaluateEvery = 0, CheckpointEvery = 0 }, stepped: _ => live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount));
        Assert.Single(live.Skip(2).Distinct());
    }

    [Fact]
    public void A_recipe_that_cannot_work_is_refused_before_anything_is_written()
    {
        var path = Path.Combine(_directory.Path, "run");
        foreach (var recipe in new[] { s_recipe with { MicroBatches = 3 }, s_recipe with { Batch = 0 }, s_recipe with { Sequence = 9 }, s_recipe with { ClipNorm = 0 } })
        {
            using var model = new TinyModel(recipe);
            Assert.Throws<TrainingException>(() => new Trainer(model, TinyCorpus.Create(), new TrainerOptions { Out = path, Output = TextWriter.Null }).Run());
            Assert.False(Path.Exists(path));
        }
    }

    private (Outcome Outcome, TrainingResult Result) Train(string? name, TrainerOptions? options = null, Action<int>? stepped = null, TrainingRecipe? recipe = null)
    {
        using var model = new TinyModel(recipe ?? s_recipe);
        var losses = new List<double>();
        var result = new Trainer(model, TinyCorpus.Create(), (options ?? new TrainerOptions()) with
        {
            Out = name is null ? null : Path.Combine(_directory.Path, name),
            Output = TextWriter.Null,
            Stepped = metrics =>
            {
                losses.Add(metrics.Loss);
                stepped?.Invoke(metrics.Step);
            },
        }).Run();
        return (new Outcome(losses, model.Weights, model.Balance), result);
    }

    private sealed record Outcome(List<double> Losses, float[] Weights, float[] Balance);
}
