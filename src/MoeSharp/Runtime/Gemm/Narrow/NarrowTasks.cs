namespace MoeSharp.Runtime;

/// <summary>
/// One product in <see cref="BFloat16"/>, c = a·b or c += a·b, as the tasks that its shape and strides alone cut it into: rows of c, or columns where there are
/// few rows.
/// </summary>
internal sealed class NarrowTasks<TA, TB, TC>(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate)
    where TA : unmanaged
    where TB : unmanaged
    where TC : unmanaged
{
    // Rows of a result that one task computes: enough for a product to run near its rate though it lays out its right operand anew, few enough for all
    // cores to have work: many cores want batches of as many rows for each. An even number of tasks, as long as none is small: two cores end together.
    private const int RowsPerTask = 512;
    private const int FewestRowsPerTask = 32;

    // Columns a task is a multiple of, and enough work to outweigh handing it over.
    private const int ColumnMultiple = 64;
    private const long SmallestTask = 1L << 20;

    private readonly bool _fewRows = FewPairs.Computes(a, b);
    private readonly GemmBlocks _blocks = FewPairs.Computes(a, b)
        ? FewPairs.Blocks(c.Rows, c.Columns, a.Columns)
        : new GemmBlocks(c.Rows, c.Columns, RowsOf(c.Rows), ColumnsOf(c.Rows, c.Columns, a.Columns));

    /// <summary>Number of tasks.</summary>
    public int Count => _blocks.Count;

    /// <summary>That the shapes fit, and the matrices are of types that can be read and written: others would be taken for bfloat16, bit by bit.</summary>
    public static void Check(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c)
    {
        CheckType<TA>();
        CheckType<TB>();
        CheckType<TC>();
        Gemm.Check(a, b, c);
    }

    /// <summary>Does one of them.</summary>
    public void Compute(int task)
    {
        var (row, rows, column, columns) = _blocks[task];

        // A thread does one task after the other: the rows of the weight that the next one reads.
        var soon = _fewRows ? RowsSoon.Of(b.Transposed.RowRange(column + columns, b.Columns - column - columns)) : default;
        Compute(a.RowRange(row, rows), b.ColumnRange(column, columns), c.RowRange(row, rows).ColumnRange(column, columns), accumulate, soon);
    }

    /// <summary>The whole product, whose shapes fit, on the calling thread.</summary>
    public static void Compute(Matrix<TA> a, Matrix<TB> b, Matrix<TC> c, bool accumulate, in RowsSoon soon = default)
    {
        if (c.Rows == 0 || c.Columns == 0)
        {
            return;
        }

        if (a.Columns > 0)
        {
            BFloat16Product.Compute(a, b, c, accumulate, soon);
        }
        else if (!accumulate)
        {
            c.Clear();
        }
    }

    private static void CheckType<T>()
    {
        if (typeof(T) != typeof(float) && typeof(T) != typeof(BFloat16))
        {
            throw new NotSupportedException($"A product in bfloat16 is of matrices of float or BFloat16, not of {typeof(T).Name}: convert them first.");
        }
    }

    // All of them, but where the rows are too few to share.
    private static int ColumnsOf(int rows, int columns, int depth)
    {
        var most = (int)Math.Min(columns, SmallestTask / Math.Max(1, (long)rows * depth));
        return rows >= 2 * FewestRowsPerTask ? Math.Max(1, columns) : Math.Max(1, (most + ColumnMultiple - 1) / ColumnMultiple) * ColumnMultiple;
    }

    private static int RowsOf(int rows)
    {
        var pieces = (((rows + RowsPerTask - 1) / RowsPerTask) + 1) / 2 * 2;
        pieces = Math.Clamp(pieces, 1, Math.Max(1, rows / FewestRowsPerTask));
        return Math.Max(1, (((rows + pieces - 1) / pieces) + 31) / 32 * 32);
    }
}
