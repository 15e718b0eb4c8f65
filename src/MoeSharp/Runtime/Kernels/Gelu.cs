using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary><c>gelu(x) = x·Φ(x) = x/2·(1 + erf(x/√2))</c> (arXiv 1606.08415), the exact form, PyTorch's default; its slope is <c>Φ(x) + x·e^(−x²/2)/√(2π)</c>.</summary>
public readonly struct Gelu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => ValueAndSlope(x).Value;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (erf, exp) = ErrorFunction.Of(x * Vector512.Create(T.CreateTruncating(0.70710678118654752)));
        var half = Vector512.Create(T.CreateTruncating(0.5));
        var phi = Simd.Fma(half, erf, half);
        return (x * phi, Simd.Fma(x, exp * Vector512.Create(T.CreateTruncating(0.39894228040143268)), phi));
    }
}
