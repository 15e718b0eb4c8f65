using TorchSharp.Native;

namespace TorchSharp;

/// <summary>A number that goes to an operator as it is: integer, real or truth value.</summary>
public sealed class Scalar : IDisposable
{
    private readonly long integer;
    private readonly double real;

    private Scalar(long value, torch.ScalarType type) => (integer, Type) = (value, type);

    private Scalar(double value) => (real, Type) = (value, torch.ScalarType.Float64);

    public torch.ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => new(value, torch.ScalarType.Int64);
    public static implicit operator Scalar(sbyte value) => new(value, torch.ScalarType.Int64);
    public static implicit operator Scalar(short value) => new(value, torch.ScalarType.Int64);
    public static implicit operator Scalar(int value) => new(value, torch.ScalarType.Int64);
    public static implicit operator Scalar(long value) => new(value, torch.ScalarType.Int64);
    public static implicit operator Scalar(Half value) => new((double)value);
    public static implicit operator Scalar(float value) => new(value);
    public static implicit operator Scalar(double value) => new(value);
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, torch.ScalarType.Bool);

    /// <summary>Does nothing: this scalar holds no native memory.</summary>
    public void Dispose()
    {
    }

    internal static Scalar Of(Value value) => value.Tag switch
    {
        Tag.Double => value.Number,
        Tag.Bool => value.Integer != 0,
        _ => value.Integer,
    };

    internal double ToDouble() => Type == torch.ScalarType.Float64 ? real : integer;

    internal long ToInt64() => Type == torch.ScalarType.Float64 ? (long)real : integer;

    internal Arg AsArg() => Type switch
    {
        torch.ScalarType.Float64 => real,
        torch.ScalarType.Bool => integer != 0,
        _ => integer,
    };
}

/// <summary>Numbers of .NET as scalars, and back.</summary>
public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;
    public static Scalar ToScalar(this short value) => value;
    public static Scalar ToScalar(this int value) => value;
    public static Scalar ToScalar(this long value) => value;
    public static Scalar ToScalar(this float value) => value;
    public static Scalar ToScalar(this double value) => value;
    public static Scalar ToScalar(this bool value) => value;
    public static float ToSingle(this Scalar value) => (float)value.ToDouble();
    public static double ToDouble(this Scalar value) => value.ToDouble();
    public static int ToInt32(this Scalar value) => (int)value.ToInt64();
    public static long ToInt64(this Scalar value) => value.ToInt64();
    public static bool ToBoolean(this Scalar value) => value.ToInt64() != 0;
}
