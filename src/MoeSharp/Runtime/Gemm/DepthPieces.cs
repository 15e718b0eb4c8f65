using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>
/// A product whose result is small and whose sums are long, as the gradient of a narrow weight over many tokens: the pieces of the depth are computed
/// side by side, each into memory of its own, and added up in their order. One thread alone adds the same pieces in the same order: the same bits.
/// </summary>
internal static class DepthPieces
{
    // Fewer blocks than this leave cores without work, and blocks of a small result gather the operands too often.
    private const int FewBlocks = 8;
    private const int FewestPieces = 4;
    private const long MostElements = 1L << 20;
    private const int RowsPerTask = 16;

    /// <summary>Whether a product is cut like this: by its shape alone.</summary>
    public static bool Cut<T>(GemmBlocks blocks, int depth)
        where T : unmanaged
    {
        return depth > 0 && blocks.Count < FewBlocks && Count<T>(depth) is >= FewestPieces and var pieces
            && (long)blocks.Rows * blocks.Columns * pieces <= MostElements;
    }

    /// <summary>c = a·b, or c += a·b.</summary>
    public static unsafe void Multiply<T>(Workers workers, Matrix<T> a, Matrix<T> b, Matrix<T> c, bool accumulate, Action<Matrix<T>, Matrix<T>, Matrix<T>> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (pieces, length) = (Count<T>(a.Columns), Depth.Of<T>(a.Columns));
        var size = (nint)c.Rows * c.Columns;
        var memory = Scratch.Mine.Take<T>(Scratch.Use.Pieces, pieces * size);
        workers.Run(pieces, piece =>
        {
            var (first, count) = (piece * length, Math.Min(length, a.Columns - (piece * length)));
            product(a.ColumnRange(first, count), b.RowRange(first, count), new Matrix<T>(memory + (piece * size), c.Rows, c.Columns));
        });
        workers.For(c.Rows, RowsPerTask, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var sum = c.Row(row);
                for (var piece = 0; piece < pieces; piece++)
                {
                    var part = new ReadOnlySpan<T>(memory + (piece * size) + ((nint)row * c.Columns), c.Columns);
                    if (piece == 0 && !accumulate)
                    {
                        part.CopyTo(sum);
                    }
                    else
                    {
                        System.Numerics.Tensors.TensorPrimitives.Add(sum, part, sum);
                    }
                }
            }
        });
    }

    private static int Count<T>(int depth)
        where T : unmanaged => (depth + Depth.Of<T>(depth) - 1) / Depth.Of<T>(depth);
}
