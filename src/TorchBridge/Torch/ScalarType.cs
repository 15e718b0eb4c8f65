#pragma warning disable CA1720 // the names are TorchSharp's
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static readonly ScalarType @bool = ScalarType.Bool;
    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int8 = ScalarType.Int8;
    public static readonly ScalarType int16 = ScalarType.Int16;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType bfloat16 = ScalarType.BFloat16;
    public static readonly ScalarType float16 = ScalarType.Float16;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType complex64 = ScalarType.ComplexFloat32;
    public static readonly ScalarType complex128 = ScalarType.ComplexFloat64;
    public static readonly ScalarType @int = ScalarType.Int32;
    public static readonly ScalarType @long = ScalarType.Int64;
    public static readonly ScalarType half = ScalarType.Float16;
    public static readonly ScalarType @float = ScalarType.Float32;
    public static readonly ScalarType @double = ScalarType.Float64;
    public static readonly ScalarType cfloat = ScalarType.ComplexFloat32;
    public static readonly ScalarType cdouble = ScalarType.ComplexFloat64;

    public static ScalarType get_default_dtype() => (ScalarType)NativeMethods.bridge_get_default_dtype();

    public static void set_default_dtype(ScalarType dtype) => NativeMethods.Check(NativeMethods.bridge_set_default_dtype((int)dtype));

    public static bool is_integral(ScalarType type) => type.IsIntegral();

    public static bool is_floating_point(ScalarType type) => type.IsFloatingPoint();

    public static bool is_complex(ScalarType type) => type.IsComplex();

    public static bool is_floating_point(Tensor input) => input.is_floating_point();

    public static FInfo finfo() => finfo(get_default_dtype());

    /// <summary>The limits of a floating-point type.</summary>
    /// <exception cref="ArgumentException">The type is not a floating-point type.</exception>
    public static FInfo finfo(ScalarType dtype) => dtype switch
    {
        ScalarType.BFloat16 => new(16, 0.0078125, 3.3895313892515355e38, 1.1754943508222875e-38, 0.01),
        ScalarType.Float16 => new(16, 0.0009765625, 65504, 6.103515625e-05, 0.001),
        ScalarType.Float32 or ScalarType.ComplexFloat32 => new(32, 1.1920928955078125e-07, 3.4028234663852886e38, 1.1754943508222875e-38, 1e-6),
        ScalarType.Float64 or ScalarType.ComplexFloat64 => new(64, 2.220446049250313e-16, double.MaxValue, 2.2250738585072014e-308, 1e-15),
        _ => throw new ArgumentException($"finfo wants a floating-point type, not {dtype}", nameof(dtype)),
    };

    /// <summary>Element types, numbered as libtorch numbers them.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        BFloat16 = 15,
    }

    /// <summary>How a division rounds.</summary>
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    /// <summary>The limits of a floating-point type.</summary>
    public struct FInfo
    {
        public int bits;
        public double eps;
        public double max;
        public double min;
        public double tiny;
        public double smallest_normal;
        public double resolution;

        internal FInfo(int bits, double eps, double max, double tiny, double resolution)
        {
            (this.bits, this.eps, this.max, this.tiny, this.resolution) = (bits, eps, max, tiny, resolution);
            (min, smallest_normal) = (-max, tiny);
        }
    }
}

internal static class ScalarTypes
{
    public static bool IsFloatingPoint(this torch.ScalarType type) =>
        type is torch.ScalarType.Float16 or torch.ScalarType.BFloat16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    public static bool IsComplex(this torch.ScalarType type) => type is torch.ScalarType.ComplexFloat32 or torch.ScalarType.ComplexFloat64;

    public static bool IsIntegral(this torch.ScalarType type) =>
        type is torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Int16 or torch.ScalarType.Int32 or torch.ScalarType.Int64
            or torch.ScalarType.Bool;

    /// <summary>The element type that holds a .NET type.</summary>
    /// <exception cref="NotSupportedException">No element type does.</exception>
    public static torch.ScalarType Of(Type type) =>
        type == typeof(byte) ? torch.ScalarType.Byte
        : type == typeof(sbyte) ? torch.ScalarType.Int8
        : type == typeof(short) ? torch.ScalarType.Int16
        : type == typeof(int) ? torch.ScalarType.Int32
        : type == typeof(long) ? torch.ScalarType.Int64
        : type == typeof(Half) ? torch.ScalarType.Float16
        : type == typeof(float) ? torch.ScalarType.Float32
        : type == typeof(double) ? torch.ScalarType.Float64
        : type == typeof(bool) ? torch.ScalarType.Bool
        : throw new NotSupportedException($"No tensor element type holds a {type.Name}.");
}
