namespace MoeSharp.Training;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Begin">Its first byte, counted from the start of the data.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record SafeTensorEntry(string Name, SafeTensorType Type, long[] Shape, long Begin, long End)
{
    /// <summary>Bytes that the type and the shape ask for.</summary>
    /// <exception cref="OverflowException">More than a file can have.</exception>
    public static long Bytes(SafeTensorType type, ReadOnlySpan<long> shape)
    {
        long bytes = type.Size;
        foreach (var extent in shape)
        {
            bytes = checked(bytes * extent);
        }

        return bytes;
    }

    /// <summary>The shape as in messages: [2, 3].</summary>
    public static string Format(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
