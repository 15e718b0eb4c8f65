using System.Globalization;
using System.Text.Json;
using MoeSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>
/// A run's checkpoint, <c>checkpoint-&lt;step&gt;/</c> as Hugging Face's trainer names it: <c>model.safetensors</c> (Hugging Face's names, the balance bias
/// included), <c>optimizer.safetensors</c> and <c>state.json</c>. It is written under another name and renamed when it is whole, and the
/// one before is removed after that: whatever fails, and whenever, the last good one stays.
/// </summary>
public static class Checkpoint
{
    private const string Prefix = "checkpoint-";
    private const string Unfinished = ".tmp";
    private const string ModelFile = "model.safetensors";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string StateFile = "state.json";

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The newest checkpoint of a run.</summary>
    /// <param name="run">The run's directory.</param>
    /// <returns>Its directory; null when there is none.</returns>
    public static string? Latest(string run) => All(run).OrderBy(found => found.Step).LastOrDefault().Path;

    /// <summary>Loads the weights and the balance bias of a run's newest checkpoint.</summary>
    /// <param name="model">The model the run trained, as it is declared now.</param>
    /// <param name="run">The run's directory.</param>
    /// <exception cref="CheckpointException">There is no checkpoint, it is damaged, or it belongs to a model declared otherwise.</exception>
    public static void LoadWeights(TransformerModule model, string run)
    {
        ArgumentNullException.ThrowIfNull(model);
        RunConfig.CheckModel(run, model.Description);
        LoadModel(model, Existing(run));
    }

    /// <summary>Writes a checkpoint and removes the ones before it.</summary>
    /// <returns>Its directory.</returns>
    internal static string Save(string run, TransformerModule model, Optimizer optimizer, TrainingState state) => Swap(run, state.Step, directory =>
    {
        using var scope = NewDisposeScope();
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        SafeTensors.Save(Path.Combine(directory, ModelFile), model.state_dict(), metadata);
        SafeTensors.Save(Path.Combine(directory, OptimizerFile), optimizer.StateDict(), metadata);
        AtomicFile.Write(Path.Combine(directory, StateFile), stream => JsonSerializer.Serialize(stream, state, s_json));
    });

    /// <summary>Takes model and optimiser back to the newest checkpoint.</summary>
    /// <returns>The rest of the state.</returns>
    internal static TrainingState Load(string run, TransformerModule model, Optimizer optimizer)
    {
        var directory = Existing(run);
        var state = ReadState(directory);
        LoadModel(model, directory);
        using var file = new SafeTensorsFile(Path.Combine(directory, OptimizerFile));
        optimizer.Load(file, state.Step);
        return state;
    }

    /// <summary>The state of the newest checkpoint, without its tensors.</summary>
    internal static TrainingState PeekState(string run) => ReadState(Existing(run));

    /// <summary>Has <paramref name="write"/> fill a new directory beside the old ones, then puts it in their place.</summary>
    internal static string Swap(string run, int step, Action<string> write)
    {
        var directory = Path.Combine(run, Prefix + step.ToString(CultureInfo.InvariantCulture));
        var unfinished = directory + Unfinished;
        try
        {
            RemoveUnfinished(run);
            Directory.CreateDirectory(unfinished);
            write(unfinished);
            Directory.Move(unfinished, directory);
            foreach (var (_, old) in All(run).Where(found => found.Step < step))
            {
                Directory.Delete(old, recursive: true);
            }

            return directory;
        }
        catch (Exception failure) when (failure is (IOException or UnauthorizedAccessException) and not CheckpointException)
        {
            throw new CheckpointException($"{directory} cannot be written: {failure.Message}", failure);
        }
    }

    private static IEnumerable<(int Step, string Path)> All(string run)
    {
        foreach (var path in Directory.Exists(run) ? Directory.GetDirectories(run, Prefix + "*") : [])
        {
            if (int.TryParse(Path.GetFileName(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            {
                yield return (step, path);
            }
        }
    }

    private static string Existing(string run) => Latest(run) ?? throw new CheckpointException(
        Directory.Exists(run) ? $"{run} has no checkpoint (no {Prefix}<step> in it)." : $"{run} does not exist. Name the directory of a run.");

    private static void RemoveUnfinished(string run)
    {
        foreach (var path in Directory.GetDirectories(run, Prefix + "*" + Unfinished))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static TrainingState ReadState(string directory)
    {
        var path = Path.Combine(directory, StateFile);
        try
        {
            var state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(path), s_json);
            return state is { Step: >= 0, Sampler: { Epoch: >= 0, Context: >= 1 } } ? state : throw new JsonException("It holds no state of a run.");
        }
        catch (JsonException failure)
        {
            throw new CheckpointException($"{path} is damaged: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    // All is checked before the first weight is touched.
    private static void LoadModel(TransformerModule model, string directory)
    {
        var path = Path.Combine(directory, ModelFile);
        using var scope = NewDisposeScope();
        using var file = new SafeTensorsFile(path);
        var wanted = model.state_dict();
        foreach (var (name, tensor) in wanted)
        {
            if (!file.Names.Contains(name))
            {
                throw Mismatch($"it lacks '{name}'");
            }

            if (!file.Shape(name).SequenceEqual(tensor.shape))
            {
                throw Mismatch($"'{name}' is {SafeTensorEntry.Format([.. file.Shape(name)])} there and {SafeTensorEntry.Format(tensor.shape)} in the model");
            }
        }

        if (file.Names.FirstOrDefault(name => !wanted.ContainsKey(name)) is { } extra)
        {
            throw Mismatch($"the model has no '{extra}'");
        }

        model.load_state_dict(file.Names.ToDictionary(name => name, file.Read, StringComparer.Ordinal));

        CheckpointException Mismatch(string what) => new($"{path} does not fit {model.Description.Name}: {what}. Load it into the model it was trained with.");
    }
}
