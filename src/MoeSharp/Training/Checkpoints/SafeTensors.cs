using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>Tensors in Hugging Face's safetensors format.</summary>
public static class SafeTensors
{
    /// <summary>
    /// Writes a file: beside its place first, then, once it is whole and on the disk, into it. The order of the tensors depends on their types and
    /// names alone: the widest type first, so that every tensor is aligned, then by name.
    /// </summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="tensors">Tensors by name, on any device: F64, F32, F16, BF16, I64, I32 or U8.</param>
    /// <param name="metadata">Strings to keep beside them.</param>
    /// <exception cref="CheckpointException">The file cannot be written, or a tensor's element type is not one of the format's. What was there stays.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var entries = Layout(path, tensors);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(SafeTensorsHeader.Write(entries, metadata ?? new Dictionary<string, string>()));
            foreach (var entry in entries)
            {
                WriteData(stream, tensors[entry.Name], entry.Type.Size);
            }
        });
    }

    /// <summary>Reads all tensors of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>New tensors on the CPU.</returns>
    /// <exception cref="CheckpointException">It is missing, unreadable, truncated or otherwise no whole safetensors file.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        using var file = new SafeTensorsFile(path);
        return file.Names.ToDictionary(name => name, file.Read, StringComparer.Ordinal);
    }

    private static List<SafeTensorEntry> Layout(string path, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var typed = tensors.Select(pair => (
            Name: pair.Key,
            Tensor: pair.Value,
            Type: SafeTensorType.Of(pair.Value.dtype)
                ?? throw new CheckpointException($"{path}: tensor '{pair.Key}' is {pair.Value.dtype}; safetensors files hold {SafeTensorType.Names} here.")));
        var entries = new List<SafeTensorEntry>();
        long position = 0;
        foreach (var (name, tensor, type) in typed.OrderByDescending(row => row.Type.Size).ThenBy(row => row.Name, StringComparer.Ordinal))
        {
            var end = position + SafeTensorEntry.Bytes(type, tensor.shape);
            entries.Add(new SafeTensorEntry(name, type, tensor.shape, position, end));
            position = end;
        }

        return entries;
    }

    private static void WriteData(Stream stream, Tensor tensor, int size)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.contiguous().view(-1);
        foreach (var (first, count) in SafeTensorsFile.Chunks(flat.NumberOfElements, size))
        {
            using var slice = flat.narrow(0, first, count);
            if (slice.device_type == DeviceType.CPU)
            {
                stream.Write(slice.bytes);
            }
            else
            {
                using var staged = slice.cpu();
                stream.Write(staged.bytes);
            }
        }
    }
}
