using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>A safetensors file open for reading. Its head is checked when it is opened; tensors are read one at a time.</summary>
public sealed class SafeTensorsFile : IDisposable
{
    // Data goes between file and tensor in pieces: Tensor.bytes ends at 2 GiB, and a tensor on a device passes through memory.
    internal const int ChunkBytes = 16 << 20;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly SafeTensorsHeader _header;
    private readonly Dictionary<string, SafeTensorEntry> _entries;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">It is missing, unreadable, truncated or otherwise no whole safetensors file.</exception>
    public SafeTensorsFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
        try
        {
            _stream = File.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {failure.Message}", failure);
        }

        try
        {
            _header = SafeTensorsHeader.Read(_stream, path);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }

        _entries = _header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The names of the tensors, in the order of their data.</summary>
    public IEnumerable<string> Names => _header.Entries.Select(entry => entry.Name);

    /// <summary>The strings kept beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The shape of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="CheckpointException">The file has no such tensor.</exception>
    public IReadOnlyList<long> Shape(string name) => Entry(name).Shape;

    /// <summary>Reads one tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>A new tensor on the CPU.</returns>
    /// <exception cref="CheckpointException">The file has no such tensor or cannot be read.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty(entry.Shape, dtype: entry.Type.ScalarType);
        try
        {
            ReadData(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor into another of the same shape and element type, on any device.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="destination">A contiguous tensor.</param>
    /// <exception cref="CheckpointException">The file has no such tensor, it differs in shape or element type, or it cannot be read.</exception>
    public void ReadInto(string name, Tensor destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var entry = Entry(name);
        if (destination.dtype != entry.Type.ScalarType || !destination.shape.AsSpan().SequenceEqual(entry.Shape))
        {
            throw new CheckpointException(
                $"{_path}: tensor '{name}' is {entry.Type.Name} {SafeTensorEntry.Format(entry.Shape)}, "
                + $"{SafeTensorType.Of(destination.dtype)?.Name ?? destination.dtype.ToString()} {SafeTensorEntry.Format(destination.shape)} is wanted.");
        }

        ReadData(entry, destination);
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private SafeTensorEntry Entry(string name) => _entries.TryGetValue(name, out var entry) ? entry : throw new CheckpointException($"{_path} has no tensor '{name}'.");

    private void ReadData(SafeTensorEntry entry, Tensor destination)
    {
        try
        {
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            using var flat = destination.view(-1);
            _stream.Position = _header.DataStart + entry.Begin;
            foreach (var (first, count) in Chunks(flat.NumberOfElements, entry.Type.Size))
            {
                using var slice = flat.narrow(0, first, count);
                if (slice.device_type == DeviceType.CPU)
                {
                    _stream.ReadExactly(slice.bytes);
                }
                else
                {
                    using var staged = empty(count, dtype: entry.Type.ScalarType);
                    _stream.ReadExactly(staged.bytes);
                    slice.copy_(staged);
                }
            }
        }
        catch (IOException failure)
        {
            throw new CheckpointException($"{_path}: tensor '{entry.Name}' cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Cuts so many elements into pieces of at most <see cref="ChunkBytes"/>.</summary>
    internal static IEnumerable<(long First, long Count)> Chunks(long elements, int size)
    {
        var piece = ChunkBytes / size;
        for (long first = 0; first < elements; first += piece)
        {
            yield return (first, Math.Min(piece, elements - first));
        }
    }
}
