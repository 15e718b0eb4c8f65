using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// A product whose result is small and whose sums are long, as the gradient of a narrow weight over many tokens: the pieces of the depth are computed
/// side by side, each into memory of its own, and added up in their order. One thread alone adds the same pieces in the same order: the same bits.
/// </summary>
internal sealed unsafe class DepthPieces<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Fewer blocks than this leave cores without work, and blocks of a small result gather the operands too often.
    private const int FewBlocks = 8;
    private const int FewestPieces = 4;
    private const long MostElements = 1L << 20;
    private const int RowsPerTask = 16;

    private readonly Matrix<T> _a;
    private readonly Matrix<T> _b;
    private readonly Matrix<T> _c;
    private readonly bool _accumulate;
    private readonly T* _memory;
    private int _missing;
    private int _summed;

    /// <summary>c = a·b, or c += a·b. The pieces are in the calling thread's memory until its next product.</summary>
    public DepthPieces(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, Scratch.Use memory)
    {
        (_a, _b, _c, _accumulate) = (a, b, c, accumulate);
        Count = CountOf(a.Columns);
        _missing = Count;
        _memory = Scratch.Mine.Take<T>(memory, Count * Size);
    }

    /// <summary>Number of pieces.</summary>
    public int Count { get; }

    private nint Size => (nint)_c.Rows * _c.Columns;

    /// <summary>Whether a product is cut like this: by its shape alone.</summary>
    public static bool Cuts(GemmBlocks blocks, int depth) =>
        depth > 0 && blocks.Count < FewBlocks && CountOf(depth) is >= FewestPieces and var pieces
        && (long)blocks.Rows * blocks.Columns * pieces <= MostElements;

    /// <summary>Computes a piece.</summary>
    public void Compute(int piece)
    {
        var length = Depth.Of<T>(_a.Columns);
        var (first, count) = (piece * length, Math.Min(length, _a.Columns - (piece * length)));
        Gemm.Compute(_a.ColumnRange(first, count), _b.RowRange(first, count), new Matrix<T>(_memory + (piece * Size), _c.Rows, _c.Columns), accumulate: false);
        Interlocked.Decrement(ref _missing);
    }

    /// <summary>
    /// Adds up rows of the pieces until none is left that no thread has taken; any number of threads may. As long as a piece is missing nothing happens: whoever
    /// computes it comes later.
    /// </summary>
    public void Sum()
    {
        if (Volatile.Read(ref _missing) > 0)
        {
            return;
        }

        for (int first; (first = Interlocked.Add(ref _summed, RowsPerTask) - RowsPerTask) < _c.Rows;)
        {
            SumRows(first, Math.Min(first + RowsPerTask, _c.Rows));
        }
    }

    private void SumRows(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            var sum = _c.Pointer + (row * _c.RowStride);
            var part = _memory + ((nint)row * _c.Columns);
            nint i = 0;
            for (; i <= _c.Columns - Vector512<T>.Count; i += Vector512<T>.Count)
            {
                SumVector(sum + i, part + i, Vector512<T>.Count);
            }

            if (i < _c.Columns)
            {
                SumVector(sum + i, part + i, _c.Columns - i);
            }
        }
    }

    // Half of the pieces are in another core's cache: all are asked for before the first is there, as none waits for a sum in memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SumVector(T* c, T* part, nint count)
    {
        var sum = _accumulate ? Simd.Load(c, count) + Simd.Load(part, count) : Simd.Load(part, count);
        for (var piece = 1; piece < Count; piece++)
        {
            part += Size;
            sum += Simd.Load(part, count);
        }

        Simd.Store(sum, c, count);
    }

    private static int CountOf(int depth) => (depth + Depth.Of<T>(depth) - 1) / Depth.Of<T>(depth);
}
