namespace TorchSharp.Native;

/// <summary>An argument of an operator as C# writes it; anything an operator takes converts to it implicitly.</summary>
internal readonly struct Arg
{
    /// <summary>The tensor, list, string or generator; null for plain values.</summary>
    internal readonly object? Reference;

    /// <summary>The bits of an integer, double, bool or device.</summary>
    internal readonly long Bits;

    internal readonly Tag Tag;

    private Arg(Tag tag, long bits) => (Tag, Bits) = (tag, bits);

    private Arg(Tag tag, object? reference) => (Tag, Reference) = (reference is null ? Tag.None : tag, reference);

    public static implicit operator Arg(torch.Tensor? value) => new(Tag.Tensor, value);
    public static implicit operator Arg(torch.Tensor?[]? value) => new(Tag.TensorList, value);
    public static implicit operator Arg(long value) => new(Tag.Int, value);
    public static implicit operator Arg(long? value) => value is long v ? v : default(Arg);
    public static implicit operator Arg(double value) => new(Tag.Double, BitConverter.DoubleToInt64Bits(value));
    public static implicit operator Arg(double? value) => value is double v ? v : default(Arg);
    public static implicit operator Arg(bool value) => new(Tag.Bool, value ? 1L : 0L);
    public static implicit operator Arg(long[]? value) => new(Tag.IntList, value);
    public static implicit operator Arg(string? value) => new(Tag.String, value);
    public static implicit operator Arg(torch.Generator? value) => new(Tag.Generator, value);
    public static implicit operator Arg(torch.ScalarType value) => new(Tag.Int, (long)value);
    public static implicit operator Arg(torch.ScalarType? value) => value is torch.ScalarType v ? v : default(Arg);
    public static implicit operator Arg(Scalar? value) => value is null ? default : value.AsArg();

    public static implicit operator Arg(torch.Device? value) =>
        value is null ? default : new(Tag.Device, ((long)value.type << 32) | (uint)value.index);

    /// <summary>How many 8-byte words the argument needs besides its own <see cref="Value"/>.</summary>
    internal int Words => Tag switch
    {
        Tag.IntList => ((long[])Reference!).Length,
        Tag.TensorList => ((torch.Tensor?[])Reference!).Length,
        Tag.String => (System.Text.Encoding.UTF8.GetByteCount((string)Reference!) + 7) / 8,
        _ => 0,
    };

    /// <summary>Writes the argument as the native call wants it; lists and strings go to <paramref name="scratch"/>, which moves on.</summary>
    internal unsafe void Write(out Value value, ref long* scratch)
    {
        value = new Value { Tag = Tag, Integer = Bits };
        switch (Tag)
        {
            case Tag.Tensor:
                value.Integer = ((torch.Tensor)Reference!).Handle;
                break;
            case Tag.Generator:
                value.Integer = ((torch.Generator)Reference!).Handle;
                break;
            case Tag.IntList:
                var integers = (long[])Reference!;
                value.Pointer = scratch;
                value.Length = integers.Length;
                foreach (var integer in integers) *scratch++ = integer;
                break;
            case Tag.TensorList:
                var tensors = (torch.Tensor?[])Reference!;
                value.Pointer = scratch;
                value.Length = tensors.Length;
                foreach (var tensor in tensors) *scratch++ = tensor is null ? 0 : tensor.Handle;
                break;
            case Tag.String:
                var text = (string)Reference!;
                value.Pointer = scratch;
                value.Length = System.Text.Encoding.UTF8.GetBytes(text, new Span<byte>(scratch, Words * 8));
                scratch += Words;
                break;
        }
    }
}
