using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>
/// What a product of few rows asks the second-level cache for while it multiplies some rows of the weight: as many of those that it reads later, one after the
/// other as they lie in memory, evenly over the steps. It reads rows side by side, each in a page of its own, which the processor does not foresee.
/// </summary>
internal unsafe struct RowsAhead
{
    private const int Line = 64;

    // So much is asked for before its turn, or the next rows where they are more: what memory sends in a microsecond.
    private const int BytesAhead = 32 << 10;

    private readonly nint _stride;
    private readonly nint _length;
    private byte* _row;
    private nint _asked;

    private RowsAhead(byte* first, nint stride, nint length)
    {
        _row = first;
        _stride = stride;
        _length = length;
    }

    /// <summary>What is asked for next.</summary>
    public readonly byte* Next => _row + _asked;

    /// <summary>What to ask for while some rows are multiplied: others of the weight; after its last, what is read next; or the same again, which are in the cache.</summary>
    /// <param name="weight">[columns of the product, depth].</param>
    /// <param name="row">The first row that is multiplied.</param>
    /// <param name="rows">How many.</param>
    /// <param name="soon">What is read after the product.</param>
    /// <typeparam name="T">The type of the weight.</typeparam>
    public static RowsAhead Of<T>(Matrix<T> weight, int row, int rows, in RowsSoon soon)
        where T : unmanaged
    {
        var (length, stride) = ((nint)weight.Columns * sizeof(T), weight.RowStride * sizeof(T));
        var next = row + (int)(Math.Max(BytesAhead / (rows * length), 1) * rows);
        if (next <= weight.Rows - rows)
        {
            return new RowsAhead((byte*)weight.Pointer + (next * stride), stride, length);
        }

        var after = (next - weight.Rows) * length;
        return after >= 0 && after < soon.BytesInOrder
            ? new RowsAhead(soon.InOrder + after, length, length)
            : new RowsAhead((byte*)weight.Pointer + (row * stride), stride, length);
    }

    /// <summary>Asks for the next two lines.</summary>
    /// <remarks>A few at a time: of many at once the processor leaves some out.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TwoLines()
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(Next);
            Sse.Prefetch1(Next + Line);
        }

        _asked += 2 * Line;
        if (_asked >= _length)
        {
            _asked = 0;
            _row += _stride;
        }
    }
}
