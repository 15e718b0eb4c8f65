using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>The element types of a safetensors file that this library reads and writes.</summary>
/// <param name="Name">The format's name.</param>
/// <param name="ScalarType">Torch's name.</param>
/// <param name="Size">Bytes an element.</param>
internal sealed record SafeTensorType(string Name, ScalarType ScalarType, int Size)
{
    private static readonly SafeTensorType[] s_all =
    [
        new("F64", ScalarType.Float64, 8),
        new("F32", ScalarType.Float32, 4),
        new("F16", ScalarType.Float16, 2),
        new("BF16", ScalarType.BFloat16, 2),
        new("I64", ScalarType.Int64, 8),
        new("I32", ScalarType.Int32, 4),
        new("U8", ScalarType.Byte, 1),
    ];

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", s_all.Select(type => type.Name));

    /// <summary>The type of that name, null when there is none.</summary>
    public static SafeTensorType? Named(string name) => Array.Find(s_all, type => type.Name == name);

    /// <summary>The type of a tensor's elements, null when the format as read here has none.</summary>
    public static SafeTensorType? Of(ScalarType type) => Array.Find(s_all, row => row.ScalarType == type);
}
