using System.Globalization;
using System.Text.Json;

namespace MoeSharp.Training;

/// <summary>A run's directory: <c>config.json</c>, <c>metrics.jsonl</c> and the checkpoint.</summary>
internal sealed class RunDirectory : IDisposable
{
    private const string MetricsFile = "metrics.jsonl";
    private readonly FileStream _metrics;

    private RunDirectory(string path, FileMode mode)
    {
        Directory = path;
        _metrics = new FileStream(Path.Combine(path, MetricsFile), mode, FileAccess.Write, FileShare.ReadWrite);
    }

    /// <summary>Its path, as the user gave it.</summary>
    public string Directory { get; }

    /// <summary>The default place of a new run: <c>runs/&lt;name&gt;-&lt;first free number&gt;</c>.</summary>
    /// <param name="name">The model's name.</param>
    public static string FirstFree(string name)
    {
        for (var number = 1; ; number++)
        {
            var path = Path.Combine("runs", string.Create(CultureInfo.InvariantCulture, $"{name}-{number}"));
            if (!Path.Exists(path))
            {
                return path;
            }
        }
    }

    /// <summary>Begins a run in a directory that is new or empty.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="writeConfig">Writes <c>config.json</c> into it.</param>
    /// <exception cref="CheckpointException">There is something in it, or it cannot be made or written to.</exception>
    public static RunDirectory Create(string path, Action<string> writeConfig) => Guard(path, () =>
    {
        if (File.Exists(path) || (System.IO.Directory.Exists(path) && System.IO.Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new CheckpointException($"{path} is already there and is not overwritten. Choose another --out, or go on with a run by --resume {path}.");
        }

        System.IO.Directory.CreateDirectory(path);
        writeConfig(path);
        return new RunDirectory(path, FileMode.CreateNew);
    });

    /// <summary>
    /// Goes on with a run: what its log holds up to a step stays, and the next line follows. Lines of later steps, and half a line, are of a process that was
    /// killed after its last checkpoint; those steps come again.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <param name="step">The checkpoint's step.</param>
    /// <exception cref="CheckpointException">It cannot be written to.</exception>
    public static RunDirectory Open(string path, int step) => Guard(path, () =>
    {
        var run = new RunDirectory(path, FileMode.OpenOrCreate);
        run._metrics.SetLength(MetricsLine.LengthUpTo(File.ReadAllBytes(Path.Combine(path, MetricsFile)), step));
        run._metrics.Seek(0, SeekOrigin.End);
        return run;
    });

    /// <summary>Writes one line of <c>metrics.jsonl</c> and flushes it.</summary>
    /// <param name="write">Writes the properties.</param>
    public void Log(Action<Utf8JsonWriter> write)
    {
        using (var writer = new Utf8JsonWriter(_metrics))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        _metrics.WriteByte((byte)'\n');
        _metrics.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    private static RunDirectory Guard(string path, Func<RunDirectory> open)
    {
        try
        {
            return open();
        }
        catch (Exception failure) when (failure is (IOException or UnauthorizedAccessException) and not CheckpointException)
        {
            throw new CheckpointException($"{path} cannot be written to: {failure.Message} Choose another --out.", failure);
        }
    }
}
