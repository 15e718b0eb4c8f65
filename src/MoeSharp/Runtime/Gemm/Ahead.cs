using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>
/// What a micro-kernel asks the cache for while it computes: memory that one of the next reads. A product of few rows meets every element of a weight so
/// seldom that its time is half waiting for the weight otherwise. Machine code reads it where it lies.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct Ahead
{
    private const int Line = 64;

    /// <summary>The first piece.</summary>
    public readonly byte* First;

    /// <summary>Bytes from one piece to the next.</summary>
    public readonly nint Piece;

    /// <summary>Bytes from one step of the depth to the next within a piece.</summary>
    public readonly nint Step;

    /// <summary>Steps of the depth a piece.</summary>
    public readonly nint Steps;

    /// <summary>Every piece by itself, one at least for every time that the depth begins another; null where they are evenly apart, as for machine code always.</summary>
    public readonly byte** Pieces;

    private Ahead(byte* first, nint piece, nint step, nint steps, byte** pieces = null)
    {
        First = first;
        Piece = piece;
        Step = step;
        Steps = steps;
        Pieces = pieces;
    }

    /// <summary>Nothing new: some address that is in the cache anyway.</summary>
    public static Ahead Nothing(void* cached) => new((byte*)cached, 0, 0, nint.MaxValue);

    /// <summary>Pieces that lie anywhere: the first of them, if the depth has no room for all.</summary>
    /// <param name="pieces">Where they begin.</param>
    /// <param name="count">How many.</param>
    /// <param name="bytes">Of a piece.</param>
    /// <param name="depth">Steps the kernel takes.</param>
    public static Ahead List(byte** pieces, int count, nint bytes, nint depth)
    {
        var steps = (depth + count - 1) / count;
        return new(null, 0, LineStep(bytes, steps), steps, pieces);
    }

    /// <summary>One kernel's share of a matrix.</summary>
    /// <param name="matrix">Row-major.</param>
    /// <param name="kernel">Which kernel,</param>
    /// <param name="kernels">of how many that share the matrix.</param>
    /// <param name="depth">Steps the kernel takes.</param>
    /// <param name="cached">Some address that is in the cache, where the share is empty.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Ahead Share<T>(Matrix<T> matrix, int kernel, int kernels, nint depth, void* cached)
        where T : unmanaged
    {
        var first = (int)((long)matrix.Rows * kernel / kernels);
        var rows = (int)((long)matrix.Rows * (kernel + 1) / kernels) - first;
        if (rows == 0)
        {
            return Nothing(cached);
        }

        var steps = nint.Max(1, depth / rows);
        return new((byte*)(matrix.Pointer + (first * matrix.RowStride)), matrix.RowStride * sizeof(T), LineStep((nint)matrix.Columns * sizeof(T), steps), steps);
    }

    // Bytes a step: all of a piece, which begins anywhere in a line, if its steps are enough.
    private static nint LineStep(nint bytes, nint steps) => nint.Min(Line, (bytes + Line - 1 + steps - 1) / steps);
}
