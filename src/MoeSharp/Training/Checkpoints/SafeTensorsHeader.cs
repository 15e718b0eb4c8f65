using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MoeSharp.Training;

/// <summary>
/// The head of a safetensors file (github.com/huggingface/safetensors): 8 bytes little-endian with the length of a JSON object, then the
/// object: <c>"name": {"dtype", "shape", "data_offsets"}</c>, and <c>"__metadata__"</c> with a map of strings.
/// </summary>
/// <param name="Entries">The tensors in the order of their data.</param>
/// <param name="Metadata">The map of strings.</param>
/// <param name="DataStart">The data's first byte in the file.</param>
internal sealed record SafeTensorsHeader(IReadOnlyList<SafeTensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata, long DataStart)
{
    /// <summary>Bytes of the length before the object.</summary>
    public const int Prefix = 8;

    /// <summary>The longest object that the reference implementation reads.</summary>
    public const long MaximumLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>Reads and checks the head of a file: after it, every entry lies within the file and overlaps no other.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CheckpointException">The file is not a whole safetensors file.</exception>
    public static SafeTensorsHeader Read(Stream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[Prefix];
        if (stream.Length < Prefix)
        {
            throw Damaged(path, $"it has {stream.Length} bytes and is truncated or no safetensors file");
        }

        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumLength)
        {
            throw Damaged(path, $"its header would be {length} bytes long, more than the {MaximumLength} allowed: it is no safetensors file");
        }

        if ((long)length > stream.Length - Prefix)
        {
            throw Damaged(path, $"it is truncated: the header needs {length} bytes, the file has {stream.Length - Prefix} after the first {Prefix}");
        }

        var json = new byte[(int)length];
        stream.ReadExactly(json);
        return Parse(json, path, Prefix + (long)length, stream.Length);
    }

    /// <summary>The head as bytes, padded with spaces so that the data starts at a multiple of 8.</summary>
    public static byte[] Write(IEnumerable<SafeTensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata.Count > 0)
            {
                writer.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            foreach (var entry in entries)
            {
                WriteEntry(writer, entry);
            }

            writer.WriteEndObject();
        }

        var padded = (json.WrittenCount + 7) / 8 * 8;
        var bytes = new byte[Prefix + padded];
        bytes.AsSpan().Fill((byte)' ');
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)padded);
        json.WrittenSpan.CopyTo(bytes.AsSpan(Prefix));
        return bytes;
    }

    private static void WriteEntry(Utf8JsonWriter writer, SafeTensorEntry entry)
    {
        writer.WriteStartObject(entry.Name);
        writer.WriteString("dtype", entry.Type.Name);
        writer.WriteStartArray("shape");
        foreach (var extent in entry.Shape)
        {
            writer.WriteNumberValue(extent);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(entry.Begin);
        writer.WriteNumberValue(entry.End);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static SafeTensorsHeader Parse(byte[] json, string path, long dataStart, long fileLength)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Damaged(path, "its header is not a JSON object");
            }

            var entries = new List<SafeTensorEntry>();
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                {
                    throw Damaged(path, $"tensor '{property.Name}' occurs twice");
                }

                if (property.Name == MetadataKey)
                {
                    metadata = property.Value.Deserialize<Dictionary<string, string>>() ?? [];
                }
                else
                {
                    entries.Add(ParseEntry(property, path));
                }
            }

            entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            CheckLayout(entries, path, fileLength - dataStart);
            return new SafeTensorsHeader(entries, metadata, dataStart);
        }
        catch (JsonException failure)
        {
            throw Damaged(path, $"its header cannot be read as JSON ({failure.Message})", failure);
        }
    }

    private static SafeTensorEntry ParseEntry(JsonProperty property, string path)
    {
        try
        {
            var name = property.Value.GetProperty("dtype").GetString() ?? string.Empty;
            var type = SafeTensorType.Named(name)
                ?? throw Damaged(path, $"tensor '{property.Name}' has the element type {name}; known are {SafeTensorType.Names}");
            var shape = property.Value.GetProperty("shape").Deserialize<long[]>() ?? [];
            var offsets = property.Value.GetProperty("data_offsets").Deserialize<long[]>() ?? [];
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
            {
                throw Damaged(path, $"tensor '{property.Name}' has the data_offsets {SafeTensorEntry.Format(offsets)}: two ascending positions are needed");
            }

            if (Array.Exists(shape, extent => extent < 0))
            {
                throw Damaged(path, $"tensor '{property.Name}' has the shape {SafeTensorEntry.Format(shape)}");
            }

            var needed = SafeTensorEntry.Bytes(type, shape);
            if (needed != offsets[1] - offsets[0])
            {
                throw Damaged(path, $"tensor '{property.Name}' needs {needed} bytes as {name} {SafeTensorEntry.Format(shape)}, its data_offsets give {offsets[1] - offsets[0]}");
            }

            return new SafeTensorEntry(property.Name, type, shape, offsets[0], offsets[1]);
        }
        catch (Exception failure) when (failure is KeyNotFoundException or InvalidOperationException or JsonException or OverflowException)
        {
            throw Damaged(path, $"tensor '{property.Name}' is not described by a dtype, a shape and data_offsets", failure);
        }
    }

    // As the reference implementation demands: the tensors fill the data without gap or overlap.
    private static void CheckLayout(List<SafeTensorEntry> entries, string path, long dataLength)
    {
        long position = 0;
        foreach (var entry in entries)
        {
            if (entry.End > dataLength)
            {
                throw Damaged(path, $"tensor '{entry.Name}' ends at byte {entry.End} of the data, which has {dataLength}: the file is truncated");
            }

            if (entry.Begin != position)
            {
                var what = entry.Begin < position ? "overlaps the tensor before it" : "leaves a gap before it";
                throw Damaged(path, $"tensor '{entry.Name}' {what} (begins at byte {entry.Begin}, expected {position})");
            }

            position = entry.End;
        }

        if (position != dataLength)
        {
            throw Damaged(path, $"{dataLength - position} bytes at its end belong to no tensor");
        }
    }

    private static CheckpointException Damaged(string path, FormattableString what, Exception? inner = null) =>
        new($"{path} is damaged: {FormattableString.Invariant(what)}.", inner);

    private static CheckpointException Damaged(string path, string what) => new($"{path} is damaged: {what}.");
}
