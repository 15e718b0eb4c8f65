using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>One product, c = a·b or c += a·b, as the tasks that its shape alone cuts it into: blocks of c, or pieces of the depth whose sums are added at the end.</summary>
internal sealed unsafe class ProductTasks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _a;
    private readonly Matrix<T> _b;
    private readonly Matrix<T> _c;
    private readonly bool _accumulate;
    private readonly GemmBlocks _blocks;
    private readonly DepthPieces<T>? _pieces;
    private readonly bool _fewRows;

    /// <summary>Cuts a product whose shapes fit.</summary>
    public ProductTasks(Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, Scratch.Use memory = Scratch.Use.Pieces)
    {
        (_a, _b, _c, _accumulate) = (a, b, c, accumulate);
        _fewRows = a.Columns > 0 && FewRows<T>.Computes(a, b);
        _blocks = _fewRows ? FewRows<T>.Blocks(c.Rows, c.Columns, a.Columns) : GemmBlocks.For(c.Rows, c.Columns, a.Columns);
        _pieces = DepthPieces<T>.Cuts(_blocks, a.Columns) ? new DepthPieces<T>(a, b, c, accumulate, memory) : null;
        Count = _pieces?.Count ?? _blocks.Count;
    }

    /// <summary>Number of tasks.</summary>
    public int Count { get; }

    /// <summary>Does one of them.</summary>
    public void Compute(int task)
    {
        if (_pieces is not null)
        {
            _pieces.Compute(task);
            return;
        }

        var (row, rows, column, columns) = _blocks[task];
        var (a, b, c) = (_a.RowRange(row, rows), _b.ColumnRange(column, columns), _c.RowRange(row, rows).ColumnRange(column, columns));
        if (!_fewRows)
        {
            Gemm.Compute(a, b, c, _accumulate);
            return;
        }

        // A thread does one task after the other: the rows of the weight that the next one reads.
        var soon = RowsSoon.Of(_b.Transposed.RowRange(column + columns, _b.Columns - column - columns));
        var began = ProductClock.Begin();
        FewRows<T>.Compute(a, b, c, _accumulate, FewRows<T>.Streams(_a, _b), soon);
        ProductClock.End(began);
    }

    /// <summary>Does all of them.</summary>
    public void Run(Workers workers) => SideBySide.Run(workers, Count, Compute, 0, _ => { }, Finish);

    /// <summary>Adds up what is in pieces, if all are there: for threads that have no task left.</summary>
    public void Finish() => _pieces?.Sum();
}
