using System.Globalization;
using System.Text.Json;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>
/// A run's <c>config.json</c>: the model as Hugging Face describes models, and under <c>training</c> the recipe, as its trainer's arguments are named.
/// </summary>
internal static class RunConfig
{
    private const string FileName = "config.json";
    private const string Training = "training";
    private const string Steps = "max_steps";
    private const string Seed = "seed";
    private const string Batch = "train_batch_size";
    private const string Data = "data";
    private const string Type = "torch_dtype";

    // Fields that a run of an earlier version does not have: it goes on as it is declared now.
    private static readonly string[] s_later = ["ep_size", "group_score"];

    /// <summary>Writes the file, atomically.</summary>
    /// <param name="run">The run's directory.</param>
    /// <param name="model">The model.</param>
    /// <param name="dtype">The weights' element type, as Hugging Face names it: float32.</param>
    /// <param name="recipe">How it is trained.</param>
    /// <param name="data">The text's directory; null for the default text.</param>
    public static void Write(string run, ModelDescription model, string dtype, TrainingRecipe recipe, string? data) =>
        AtomicFile.Write(Path.Combine(run, FileName), stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
            writer.WriteStartObject();
            WriteValues(writer, model.Config);
            writer.WriteString(Type, dtype);
            writer.WriteStartObject(Training);
            WriteValues(writer, Values(recipe));
            writer.WriteString(Data, data);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    /// <summary>Checks that a run's model is the one declared now.</summary>
    /// <exception cref="CheckpointException">The file is missing or damaged, or a field differs; the message names all that do.</exception>
    public static void CheckModel(string run, ModelDescription model)
    {
        using var document = Read(run);
        CompareModel(run, document.RootElement, model);
    }

    /// <summary>The recipe a run goes on with: as declared now, with the steps, the seed and the batch it began with.</summary>
    /// <param name="run">The run's directory.</param>
    /// <param name="model">The model, as it is declared now.</param>
    /// <param name="steps">Steps of the whole run when they are to be others than before.</param>
    /// <exception cref="CheckpointException">The run's model or its recipe differ from what is declared now.</exception>
    public static TrainingRecipe Resume(string run, ModelDescription model, int? steps)
    {
        using var document = Read(run);
        CompareModel(run, document.RootElement, model);
        var training = Section(run, document);
        try
        {
            var declared = model.Recipe with
            {
                Steps = training.GetProperty(Steps).GetInt32(),
                Seed = training.GetProperty(Seed).GetInt32(),
                Batch = training.GetProperty(Batch).GetInt32(),
            };
            var recipe = declared.For(model.Context);
            Refuse(run, Differences(run, training, Values(recipe)), $"{model.Name}'s [Train]");
            return (recipe with { Steps = steps ?? recipe.Steps }).For(model.Context);
        }
        catch (Exception failure) when (failure is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{PathOf(run)} is damaged: its training section does not give {Steps}, {Seed} and {Batch} as numbers.", failure);
        }
    }

    /// <summary>The directory of text that a run was trained on; null for the default text.</summary>
    public static string? DataOf(string run)
    {
        using var document = Read(run);
        return Section(run, document).TryGetProperty(Data, out var data) && data.ValueKind == JsonValueKind.String ? data.GetString() : null;
    }

    private static string PathOf(string run) => Path.Combine(run, FileName);

    private static KeyValuePair<string, object>[] Values(TrainingRecipe recipe) =>
    [
        new(Steps, recipe.Steps),
        new(Seed, recipe.Seed),
        new(Batch, recipe.Batch),
        new("sequence_length", recipe.Sequence),
        new("gradient_accumulation_steps", recipe.MicroBatches),
        new("bf16", recipe.Precision == Precision.BFloat16),
        new("optim", "adamw"),
        new("learning_rate", recipe.AdamW.LearningRate),
        new("adam_beta1", recipe.AdamW.Beta1),
        new("adam_beta2", recipe.AdamW.Beta2),
        new("adam_epsilon", recipe.AdamW.Epsilon),
        new("weight_decay", recipe.AdamW.WeightDecay),
        new("max_grad_norm", recipe.ClipNorm ?? 0.0),
        new("lr_scheduler_type", recipe.Schedule.Kind),
        new("warmup_steps", recipe.Schedule.WarmupSteps),
        new("min_lr_rate", recipe.Schedule.Minimum),
    ];

    private static void WriteValues(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, object>> values)
    {
        foreach (var (name, value) in values)
        {
            writer.WritePropertyName(name);
            JsonSerializer.Serialize(writer, value, value.GetType());
        }
    }

    private static JsonDocument Read(string run)
    {
        var path = PathOf(run);
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException failure)
        {
            throw new CheckpointException($"{path} is damaged: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var what = Directory.Exists(run) ? $"{run} is no run's directory: {FileName} cannot be read there ({failure.Message})" : $"{run} does not exist. Name the directory of a run.";
            throw new CheckpointException(what, failure);
        }
    }

    private static JsonElement Section(string run, JsonDocument document) =>
        document.RootElement.TryGetProperty(Training, out var section) && section.ValueKind == JsonValueKind.Object
            ? section
            : throw new CheckpointException($"{PathOf(run)} is damaged: it has no section '{Training}'.");

    /// <summary>A field is only there where something other than the default is declared, so what is there and not here differs as well.</summary>
    private static void CompareModel(string run, JsonElement file, ModelDescription model)
    {
        var differences = Differences(run, file, model.Config);
        string[] known = [.. model.Config.Select(field => field.Key), Type, Training];
        differences.AddRange(file.EnumerateObject().ExceptBy(known, field => field.Name).Select(field => $"{field.Name} is {field.Value} there and missing here"));
        Refuse(run, differences, model.Name);
    }

    private static List<string> Differences(string run, JsonElement file, IEnumerable<KeyValuePair<string, object>> declared)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            throw new CheckpointException($"{PathOf(run)} is damaged: it is not a JSON object.");
        }

        var differences = new List<string>();
        foreach (var (name, value) in declared)
        {
            var now = JsonSerializer.SerializeToElement(value, value.GetType());
            if (!file.TryGetProperty(name, out var before))
            {
                if (!s_later.Contains(name))
                {
                    differences.Add($"{name} is missing there and {now} here");
                }
            }
            else if (!JsonElement.DeepEquals(now, before))
            {
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is {before} there and {now} here"));
            }
        }

        return differences;
    }

    private static void Refuse(string run, List<string> differences, string who)
    {
        if (differences.Count > 0)
        {
            throw new CheckpointException($"{PathOf(run)} differs from {who}: {string.Join("; ", differences)}. Declare it as it was, or begin a new run.");
        }
    }
}
