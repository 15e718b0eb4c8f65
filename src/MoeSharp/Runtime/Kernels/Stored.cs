using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// Vectors of the type that is computed in, T, from and to memory of the type that is stored, S: the same, or <see cref="BFloat16"/> under
/// <see cref="float"/>. A kernel that is generic in both is compiled for each pair; where they are the same nothing is converted.
/// </summary>
internal static unsafe class Stored
{
    // Elements; longer rows are worth the call to what the system copies with.
    private const nint LongestRow = 1024;

    private const nuint LineBytes = 64;

    /// <summary>Loads <paramref name="count"/> elements, or a whole vector when there are as many; the lanes beyond are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load<T, S>(S* source, nint count)
        where T : unmanaged
        where S : unmanaged
    {
        if (typeof(T) == typeof(S))
        {
            return Simd.Load((T*)source, count);
        }

        return count >= Vector512<T>.Count ? Widen((ushort*)source).As<float, T>() : LoadPart((ushort*)source, count).As<float, T>();
    }

    /// <summary>Stores the first <paramref name="count"/> lanes, or all of them when there are no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T, S>(Vector512<T> value, S* target, nint count)
        where T : unmanaged
        where S : unmanaged
    {
        if (typeof(T) == typeof(S))
        {
            Simd.Store(value, (T*)target, count);
        }
        else if (count >= Vector512<T>.Count)
        {
            Narrow(value.AsSingle()).Store((ushort*)target);
        }
        else
        {
            StorePart(value.AsSingle(), (ushort*)target, count);
        }
    }

    /// <summary>Copies a run of elements, rounding to the nearest; T is the wider of both types.</summary>
    public static void Copy<T, TFrom, TTo>(TFrom* from, TTo* to, nint length)
        where T : unmanaged
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (typeof(TFrom) == typeof(TTo))
        {
            Buffer.MemoryCopy(from, to, length * sizeof(TTo), length * sizeof(TTo));
            return;
        }

        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Store(Load<T, TFrom>(from + i, Vector512<T>.Count), to + i, Vector512<T>.Count);
        }

        if (i < length)
        {
            Store(Load<T, TFrom>(from + i, length - i), to + i, length - i);
        }
    }

    /// <summary>Whether a matrix is one run of whole cache lines of bfloat16, as <see cref="Stream"/> writes.</summary>
    public static bool CanStream<T>(Matrix<T> matrix)
        where T : unmanaged =>
        typeof(T) == typeof(BFloat16)
        && matrix.RowStride == matrix.Columns
        && (nuint)matrix.Pointer % LineBytes == 0
        && (nint)matrix.Rows * matrix.Columns % Vector512<ushort>.Count == 0;

    /// <summary>Copies a run of whole cache lines that nobody reads soon: past the cache, so that the old contents are not read first.</summary>
    public static void Stream(ushort* from, ushort* to, nint length)
    {
        for (nint i = 0; i < length; i += Vector512<ushort>.Count)
        {
            Vector512.Load(from + i).StoreAlignedNonTemporal(to + i);
        }

        // Such stores are in no order with others: they come before whatever tells another thread of them.
        Thread.MemoryBarrier();
    }

    /// <summary>As the other, for a row of some registers: a loop over them is quicker than a call.</summary>
    public static void CopyRow<TFrom, TTo>(TFrom* from, TTo* to, nint length)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (typeof(TFrom) != typeof(TTo) || length > LongestRow)
        {
            Copy(from, to, length);
            return;
        }

        // A register has no such elements, but those of their size.
        if (typeof(TFrom) == typeof(BFloat16))
        {
            CopyRow((ushort*)from, (ushort*)to, length);
            return;
        }

        nint i = 0;
        for (; i <= length - Vector512<TFrom>.Count; i += Vector512<TFrom>.Count)
        {
            Vector512.Load(from + i).Store((TFrom*)to + i);
        }

        for (; i < length; i++)
        {
            to[i] = ((TTo*)from)[i];
        }
    }

    /// <summary>As the other, where one of the types may be <see cref="BFloat16"/> and the wider is <see cref="float"/>.</summary>
    public static void Copy<TFrom, TTo>(TFrom* from, TTo* to, nint length)
        where TFrom : unmanaged
        where TTo : unmanaged => Copy<float, TFrom, TTo>(from, to, length);

    /// <summary>Adds a run of elements to one of another type; T is the wider of both.</summary>
    public static void Add<T, TFrom, TTo>(TFrom* from, TTo* to, nint length)
        where T : unmanaged
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        nint i = 0;
        for (; i <= length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            AddVector<T, TFrom, TTo>(from + i, to + i, Vector512<T>.Count);
        }

        if (i < length)
        {
            AddVector<T, TFrom, TTo>(from + i, to + i, length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddVector<T, TFrom, TTo>(TFrom* from, TTo* to, nint count)
        where T : unmanaged
        where TFrom : unmanaged
        where TTo : unmanaged =>
        Store(Load<T, TTo>(to, count) + Load<T, TFrom>(from, count), to, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(ushort* source)
    {
        var bits = Vector256.Load(source);
        var wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(bits)
            : Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits));
        return (wide << 16).AsSingle();
    }

    // To nearest, ties to even: half of the last bit that stays, less one if that bit is zero, carries into it. NaN would carry into infinity.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        rounded = Vector512.ConditionalSelect(Vector512.IsNaN(value).AsUInt32(), bits | Vector512.Create(0x400000u), rounded) >> 16;
        return Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(rounded) : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadPart(ushort* source, nint count)
    {
        var padded = stackalloc ushort[Vector512<float>.Count];
        new ReadOnlySpan<ushort>(source, (int)count).CopyTo(new Span<ushort>(padded, Vector512<float>.Count));
        return Widen(padded);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart(Vector512<float> value, ushort* target, nint count)
    {
        var bits = Narrow(value);
        new ReadOnlySpan<ushort>(&bits, (int)count).CopyTo(new Span<ushort>(target, (int)count));
    }
}
