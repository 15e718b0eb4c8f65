using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Tensors of one element as .NET's numbers, whatever the element type; and the rest of what TorchSharp puts beside Tensor.</summary>
public static class TensorExtensionMethods
{
    /// <summary>The tensor as a parameter; the tensor itself becomes empty.</summary>
    public static Parameter AsParameter(this Tensor tensor) => new(tensor);

    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.ComplexFloat64 => 16,
        _ => 8,
    };

    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>A tensor of the array's elements. With <paramref name="doCopy"/> false too they are copied.</summary>
    public static Tensor ToTensor<T>(this T[] rawArray, long[] dimensions, bool doCopy = false, bool requires_grad = false) =>
        FromArray(rawArray, dimensions, null, null, requires_grad);

    public static Tensor ToTensor<T>(this T scalar, Device? device = null, bool requires_grad = false) where T : struct =>
        FromArray(new[] { scalar }, [], null, device, requires_grad);

    public static Half ToHalf(this Tensor value) => (Half)value.Single().ToDouble();

    public static float ToSingle(this Tensor value) => (float)value.Single().ToDouble();

    public static double ToDouble(this Tensor value) => value.Single().ToDouble();

    public static sbyte ToSByte(this Tensor value) => (sbyte)value.Single().ToInt64();

    public static byte ToByte(this Tensor value) => (byte)value.Single().ToInt64();

    public static short ToInt16(this Tensor value) => (short)value.Single().ToInt64();

    public static int ToInt32(this Tensor value) => (int)value.Single().ToInt64();

    public static long ToInt64(this Tensor value) => value.Single().ToInt64();

    public static bool ToBoolean(this Tensor value) => value.Single().ToDouble() != 0;

    private static Scalar Single(this Tensor value)
    {
        if (value.NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
        return value.ToScalar();
    }
}
