namespace MoeSharp.Runtime;

/// <summary>
/// Rows that are read right after a product on the same thread: its micro-kernels ask the cache for them while they compute. The tokens of an expert lie
/// anywhere in memory, and whoever gathers them waits for every one otherwise. The default asks for nothing. No result depends on it.
/// </summary>
/// <remarks>
/// Products in <see cref="float"/> and <see cref="double"/> ask, unless they have a right operand of more than 256 KB, which they wait for themselves, or a
/// transposed one on a processor without AVX-512; products in <see cref="BFloat16"/> do not. Products of a few rows, which read a weight as fast as memory
/// gives it, ask in any type, but for nothing other than rows that lie one after the other, and of those for the first. The memory need not be alive: an
/// address that is asked for in vain does no harm.
/// </remarks>
public readonly unsafe struct RowsSoon
{
    // A quarter of the second-level cache of a server core: more would push out what the product itself reads.
    private const int MostBytes = 256 << 10;

    // A long row is asked for by several micro-kernels: one has hardly more steps than a piece has cache lines.
    private const int MostBytesOfPiece = 1024;

    private readonly Matrix<byte> _x;
    private readonly Matrix<byte> _y;
    private readonly int[]? _tokens;
    private readonly int _first;
    private readonly int _count;

    private RowsSoon(Matrix<byte> x, Matrix<byte> y, int[]? tokens, int first, int count)
    {
        (_x, _y, _tokens, _first) = (x, y, tokens, first);
        _count = Math.Min(count, MostBytes / Math.Max(1, x.Columns + y.Columns));
    }

    /// <summary>The rows of a matrix, in order: the first of them, up to 256 KB.</summary>
    /// <param name="rows">[any, any], row-major.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public static RowsSoon Of<T>(Matrix<T> rows)
        where T : unmanaged => new(Bytes(rows), default, null, 0, rows.Rows);

    /// <summary>The tokens of a block that is gathered next: the first of them, up to 256 KB.</summary>
    /// <param name="x">[tokens, any], row-major.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows of the plan; none if it is empty.</param>
    /// <typeparam name="T">The type of x.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The plan has no such rows.</exception>
    public static RowsSoon Of<T>(Matrix<T> x, DispatchPlan plan, ExpertBlock block)
        where T : unmanaged => new(Bytes(x), default, Tokens(plan, block), block.First, block.Rows);

    /// <summary>The tokens of a block in two matrices: the first of them, up to 256 KB together.</summary>
    /// <param name="x">[tokens, any], row-major.</param>
    /// <param name="y">[tokens, any], row-major.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows of the plan; none if it is empty.</param>
    /// <typeparam name="TX">The type of x.</typeparam>
    /// <typeparam name="TY">The type of y.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The plan has no such rows.</exception>
    public static RowsSoon Of<TX, TY>(Matrix<TX> x, Matrix<TY> y, DispatchPlan plan, ExpertBlock block)
        where TX : unmanaged
        where TY : unmanaged => new(Bytes(x), Bytes(y), Tokens(plan, block), block.First, block.Rows);

    /// <summary>The first of rows that are asked for in order, one after the other in memory; null where there are none.</summary>
    internal byte* InOrder => _tokens is null && _x.ColumnStride == 1 && _x.RowStride == _x.Columns ? _x.Pointer : null;

    /// <summary>Their bytes.</summary>
    internal nint BytesInOrder => InOrder == null ? 0 : (nint)_count * _x.Columns;

    /// <summary>Pieces of rows in all, none longer than a kilobyte.</summary>
    internal int Pieces => _count * (Cuts(_x) + Cuts(_y));

    /// <summary>Bytes of the longest piece.</summary>
    internal int PieceBytes => Math.Max(Piece(_x), Piece(_y));

    /// <summary>Where the pieces begin.</summary>
    /// <param name="pieces">Room for all of them.</param>
    internal void List(byte** pieces)
    {
        for (var row = 0; row < _count; row++)
        {
            var at = _tokens is null ? row : _tokens[_first + row];
            pieces = List(_x, at, pieces);
            pieces = List(_y, at, pieces);
        }
    }

    private static int[] Tokens(DispatchPlan plan, ExpertBlock block)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(block.First, nameof(block));
        ArgumentOutOfRangeException.ThrowIfNegative(block.Rows, nameof(block));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(block.First + block.Rows, plan.Rows, nameof(block));
        return plan.RowToken;
    }

    private static byte** List(Matrix<byte> matrix, nint row, byte** pieces)
    {
        var first = matrix.Pointer + (row * matrix.RowStride);
        var piece = Piece(matrix);
        for (var at = 0; at < matrix.Columns; at += piece)
        {
            *pieces++ = first + at;
        }

        return pieces;
    }

    private static int Cuts(Matrix<byte> matrix) => (matrix.Columns + MostBytesOfPiece - 1) / MostBytesOfPiece;

    private static int Piece(Matrix<byte> matrix) => Cuts(matrix) is > 0 and var cuts ? (matrix.Columns + cuts - 1) / cuts : 0;

    private static Matrix<byte> Bytes<T>(Matrix<T> matrix)
        where T : unmanaged => new((byte*)matrix.Pointer, matrix.Rows, matrix.Columns * sizeof(T), matrix.RowStride * sizeof(T));
}
