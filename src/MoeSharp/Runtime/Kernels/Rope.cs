using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// Rotary position embedding (Su et al., 2021, arXiv:2104.09864) in Hugging Face's layout: element i of a head is paired with i + headDim / 2,
/// and the pair turns by position · theta^(−2i / headDim).
/// </summary>
public static unsafe class Rope
{
    /// <summary>Turns every head of every row by its position, in place.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="qk">[tokens, heads · headDim]: the columns of the query and key heads.</param>
    /// <param name="heads">Heads in a row, those of the queries and of the keys together.</param>
    /// <param name="headDim">Width of a head; even.</param>
    /// <param name="positions">Where the rows stand. Tokens a sequence, where every sequence begins here: a row's position is its index modulo this.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or <paramref name="headDim"/> is odd.</exception>
    public static void Forward<T>(Workers workers, Matrix<T> qk, int heads, int headDim, Positions positions, double theta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Rotate("Rope.Forward", workers, qk, heads, headDim, positions, theta, T.One);

    /// <summary>The gradient of <see cref="Forward"/>: the same turn backwards, in place.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="dQk">[tokens, heads · headDim]: the gradient of the turned columns; becomes that of the columns before the turn.</param>
    /// <param name="heads">Heads in a row, those of the queries and of the keys together.</param>
    /// <param name="headDim">Width of a head; even.</param>
    /// <param name="sequence">Tokens a sequence: a row's position is its index modulo this.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or <paramref name="headDim"/> is odd.</exception>
    public static void Backward<T>(Workers workers, Matrix<T> dQk, int heads, int headDim, int sequence, double theta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Rotate("Rope.Backward", workers, dQk, heads, headDim, sequence, theta, -T.One);

    private static void Rotate<T>(string kernel, Workers workers, Matrix<T> qk, int heads, int headDim, Positions positions, double theta, T direction)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Require.Shape(kernel, qk, qk.Rows, heads * headDim);
        if (headDim % 2 != 0 || headDim <= 0)
        {
            throw new ArgumentException($"{kernel}: headDim is {headDim}; rotary embedding turns pairs, so it must be even and positive.", nameof(headDim));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(positions.Sequence, "sequence");
        var half = headDim / 2;
        var table = RopeTable<T>.For(positions.End(qk.Rows), headDim, theta);
        workers.For(qk.Rows, Elementwise.RowsPerTask(qk.Columns), (first, end) =>
        {
            var cos = table.Cos;
            var sin = table.Sin;
            for (var row = first; row < end; row++)
            {
                var angle = (nint)positions[row] * half;
                RotateRow(qk.Pointer + (row * qk.RowStride), heads, cos + angle, sin + angle, direction, half);
            }
        });
        GC.KeepAlive(table);
    }

    private static void RotateRow<T>(T* row, int heads, T* cos, T* sin, T direction, nint half)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint i = 0;
        for (; i <= half - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            RotateVector(row + i, heads, cos + i, sin + i, direction, half, Vector512<T>.Count);
        }

        if (i < half)
        {
            RotateVector(row + i, heads, cos + i, sin + i, direction, half, half - i);
        }
    }

    /// <summary>Some pairs of every head: they turn by the same angles, which are loaded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RotateVector<T>(T* a, int heads, T* cos, T* sin, T direction, nint half, nint count)
        where T : unmanaged
    {
        var (c, s) = (Simd.Load(cos, count), Simd.Load(sin, count) * direction);
        for (var head = 0; head < heads; head++, a += 2 * half)
        {
            var (x, y) = (Simd.Load(a, count), Simd.Load(a + half, count));
            Simd.Store(Simd.Fma(x, c, -(y * s)), a, count);
            Simd.Store(Simd.Fma(y, c, x * s), a + half, count);
        }
    }
}

/// <summary>Cosines and sines by position, kept for every (headDim, theta) and lengthened as longer sequences come.</summary>
/// <typeparam name="T">The elements.</typeparam>
internal sealed unsafe class RopeTable<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private static readonly ConcurrentDictionary<(int HeadDim, double Theta), RopeTable<T>> s_tables = new();

    private readonly int _positions;
    private readonly T[] _cos;
    private readonly T[] _sin;

    private RopeTable(int positions, int headDim, double theta)
    {
        var half = headDim / 2;
        _positions = positions;
        _cos = GC.AllocateUninitializedArray<T>(checked(positions * half), pinned: true);
        _sin = GC.AllocateUninitializedArray<T>(positions * half, pinned: true);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < half; i++)
            {
                var (sin, cos) = Math.SinCos(position * Math.Pow(theta, -2.0 * i / headDim));
                _cos[(position * half) + i] = T.CreateTruncating(cos);
                _sin[(position * half) + i] = T.CreateTruncating(sin);
            }
        }
    }

    /// <summary>[positions, headDim / 2]; valid while the table is alive.</summary>
    public T* Cos => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_cos));

    /// <summary>[positions, headDim / 2]; valid while the table is alive.</summary>
    public T* Sin => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_sin));

    public static RopeTable<T> For(int sequence, int headDim, double theta)
    {
        if (s_tables.TryGetValue((headDim, theta), out var table) && table._positions >= sequence)
        {
            return table;
        }

        // Doubling, so that a text growing token by token builds few tables.
        var positions = (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)sequence), 1 << 30);
        return s_tables[(headDim, theta)] = new RopeTable<T>(Math.Max(positions, sequence), headDim, theta);
    }
}
