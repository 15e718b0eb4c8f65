using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// The vector vocabulary of the kernels. Every sum here has an order that depends on the length alone: not on the address of the data and
/// not on who computes it. <see cref="Vector512{T}"/> works on every machine; where it is not native .NET splits it in two.
/// </summary>
internal static unsafe class Simd
{
    private const nint LineBytes = 64;
    private const nint MostBytesAsked = 1024;

    /// <summary>Asks for a row that is read soon, or for its beginning: a core has so many lines in flight and no more. Any address will do.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask<T>(T* row, nint length)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            var bytes = nint.Min(length * sizeof(T), MostBytesAsked);
            for (nint line = 0; line < bytes; line += LineBytes)
            {
                Sse.Prefetch0((byte*)row + line);
            }
        }
    }

    /// <summary>Asks for some rows of each matrix; none of a matrix that is left out.</summary>
    public static void AskRows<T>(ReadOnlySpan<Matrix<T>> matrices, int first, int count)
        where T : unmanaged
    {
        foreach (ref readonly var matrix in matrices)
        {
            for (var row = first; row < first + count && matrix.Pointer != null; row++)
            {
                Ask(matrix.Pointer + (row * matrix.RowStride), matrix.Columns);
            }
        }
    }

    /// <summary>Loads <paramref name="count"/> elements, a whole vector when there are as many; the lanes beyond are zero.</summary>
    /// <remarks>A loop passes <c>Vector512&lt;T&gt;.Count</c>, a constant, and the test disappears; only its last, partial step pays for it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T>(T* source, nint count)
        where T : unmanaged =>
        count >= Vector512<T>.Count ? Vector512.Load(source) : LoadPart(source, count);

    /// <summary>Stores the first <paramref name="count"/> lanes, or all of them when there are no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> value, T* target, nint count)
        where T : unmanaged
    {
        if (count >= Vector512<T>.Count)
        {
            value.Store(target);
        }
        else
        {
            StorePart(value, target, count);
        }
    }

    /// <summary>a·b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>e to the power of every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Exponential.Single(x.AsSingle()).As<float, T>() : Exponential.Double(x.AsDouble()).As<double, T>();

    /// <summary>2 to the power of every lane, as softmax needs it: see <see cref="Exponential.PowerOfTwo(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> PowerOfTwo<T>(Vector512<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Exponential.PowerOfTwo(x.AsSingle()).As<float, T>() : Exponential.PowerOfTwo(x.AsDouble()).As<double, T>();

    /// <summary>The natural logarithm of every lane that is positive and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Log<T>(Vector512<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Logarithm.Single(x.AsSingle()).As<float, T>() : Logarithm.Double(x.AsDouble()).As<double, T>();

    /// <summary>1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var one = Vector512.Create(T.One);
        return one / (one + Exp(-x));
    }

    /// <summary>The sum of the lanes: halves are added to halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SumLanes<T>(Vector512<T> value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = value.GetLower() + value.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        return typeof(T) == typeof(float)
            ? (quarter[0] + quarter[2]) + (quarter[1] + quarter[3])
            : quarter[0] + quarter[1];
    }

    /// <summary>The greatest lane; anything when one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MaxLanes<T>(Vector512<T> value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = Vector256.MaxNative(value.GetLower(), value.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        return typeof(T) == typeof(float)
            ? T.MaxNative(T.MaxNative(quarter[0], quarter[2]), T.MaxNative(quarter[1], quarter[3]))
            : T.MaxNative(quarter[0], quarter[1]);
    }

    /// <summary>Σ a·b.</summary>
    public static T Dot<T>(T* a, T* b, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= length - (4 * lanes); i += 4 * lanes)
        {
            s0 = Fma(Vector512.Load(a + i), Vector512.Load(b + i), s0);
            s1 = Fma(Vector512.Load(a + i + lanes), Vector512.Load(b + i + lanes), s1);
            s2 = Fma(Vector512.Load(a + i + (2 * lanes)), Vector512.Load(b + i + (2 * lanes)), s2);
            s3 = Fma(Vector512.Load(a + i + (3 * lanes)), Vector512.Load(b + i + (3 * lanes)), s3);
        }

        for (; i <= length - lanes; i += lanes)
        {
            s0 = Fma(Vector512.Load(a + i), Vector512.Load(b + i), s0);
        }

        var sum = SumLanes((s0 + s1) + (s2 + s3));
        for (; i < length; i++)
        {
            sum = T.FusedMultiplyAdd(a[i], b[i], sum);
        }

        return sum;
    }

    /// <summary>Σ a·b·c.</summary>
    public static T Dot<T>(T* a, T* b, T* c, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default;
        nint i = 0;
        for (; i <= length - (2 * lanes); i += 2 * lanes)
        {
            s0 = Fma(Vector512.Load(a + i) * Vector512.Load(b + i), Vector512.Load(c + i), s0);
            s1 = Fma(Vector512.Load(a + i + lanes) * Vector512.Load(b + i + lanes), Vector512.Load(c + i + lanes), s1);
        }

        for (; i <= length - lanes; i += lanes)
        {
            s0 = Fma(Vector512.Load(a + i) * Vector512.Load(b + i), Vector512.Load(c + i), s0);
        }

        var sum = SumLanes(s0 + s1);
        for (; i < length; i++)
        {
            sum = T.FusedMultiplyAdd(a[i] * b[i], c[i], sum);
        }

        return sum;
    }

    /// <summary>Σ x.</summary>
    public static T Sum<T>(T* x, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        nint i = 0;
        for (; i <= length - (4 * lanes); i += 4 * lanes)
        {
            s0 += Vector512.Load(x + i);
            s1 += Vector512.Load(x + i + lanes);
            s2 += Vector512.Load(x + i + (2 * lanes));
            s3 += Vector512.Load(x + i + (3 * lanes));
        }

        for (; i <= length - lanes; i += lanes)
        {
            s0 += Vector512.Load(x + i);
        }

        var sum = SumLanes((s0 + s1) + (s2 + s3));
        for (; i < length; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    /// <summary>Σ x².</summary>
    public static T SumOfSquares<T>(T* x, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Dot(x, x, length);

    /// <summary>The greatest element; anything when one is NaN, which the sum of exponentials that follows cannot miss.</summary>
    public static T Max<T>(T* x, nint length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var lanes = Vector512<T>.Count;
        var m0 = Vector512.Create(T.NegativeInfinity);
        var m1 = m0;
        nint i = 0;
        for (; i <= length - (2 * lanes); i += 2 * lanes)
        {
            m0 = Vector512.MaxNative(m0, Vector512.Load(x + i));
            m1 = Vector512.MaxNative(m1, Vector512.Load(x + i + lanes));
        }

        for (; i <= length - lanes; i += lanes)
        {
            m0 = Vector512.MaxNative(m0, Vector512.Load(x + i));
        }

        var max = MaxLanes(Vector512.MaxNative(m0, m1));
        for (; i < length; i++)
        {
            max = T.MaxNative(max, x[i]);
        }

        return max;
    }

    // Masked, a part costs what a whole vector does, and stays in a register as it does: what a call returns lies in memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> LoadPart<T>(T* source, nint count)
        where T : unmanaged
    {
        if (Avx512F.IsSupported && sizeof(T) == sizeof(float))
        {
            return Avx512F.MaskLoad((float*)source, FirstSingles(count), Vector512<float>.Zero).As<float, T>();
        }

        return Avx512F.IsSupported && sizeof(T) == sizeof(double)
            ? Avx512F.MaskLoad((double*)source, FirstDoubles(count), Vector512<double>.Zero).As<double, T>()
            : CopyPart(source, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePart<T>(Vector512<T> value, T* target, nint count)
        where T : unmanaged
    {
        if (Avx512F.IsSupported && sizeof(T) == sizeof(float))
        {
            Avx512F.MaskStore((float*)target, FirstSingles(count), value.As<T, float>());
        }
        else if (Avx512F.IsSupported && sizeof(T) == sizeof(double))
        {
            Avx512F.MaskStore((double*)target, FirstDoubles(count), value.As<T, double>());
        }
        else
        {
            CopyPart(value, target, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FirstSingles(nint count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create((int)count)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> FirstDoubles(nint count) => Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).AsDouble();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<T> CopyPart<T>(T* source, nint count)
        where T : unmanaged
    {
        Vector512<T> value = default;
        new ReadOnlySpan<T>(source, (int)count).CopyTo(new Span<T>(&value, Vector512<T>.Count));
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CopyPart<T>(Vector512<T> value, T* target, nint count)
        where T : unmanaged =>
        new ReadOnlySpan<T>(&value, (int)count).CopyTo(new Span<T>(target, (int)count));
}
