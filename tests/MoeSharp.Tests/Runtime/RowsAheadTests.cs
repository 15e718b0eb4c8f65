using MoeSharp.Runtime;
using MoeSharp.Tests.Runtime.Kernels;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>What a product of few rows asks for: every line of the rows that it reads later, in the order of memory, as fast as it reads.</summary>
public sealed unsafe class RowsAheadTests
{
    private const int Rows = 8;

    // 32 KB before their turn: eight rows of 1024 floats, 32 of 256; the next ones where eight are more.
    [Theory]
    [InlineData(1024, 8)]
    [InlineData(256, 32)]
    [InlineData(600, 8)]
    [InlineData(300, 24)]
    [InlineData(2048, 8)]
    public void RowsAreAskedForSoLongBeforeTheirTurn(int depth, int rows)
    {
        using var weight = new Block<float>(rows + 24, depth);
        foreach (var row in new[] { 0, 8, 16 })
        {
            Assert.Equal(At(weight.View, row + rows), Next(RowsAhead.Of(weight.View, row, Rows, default)));
        }
    }

    // A kernel asks for two lines, 32 floats, every four steps of eight rows: all of them by its last step, and none twice.
    [Theory]
    [InlineData(1024)]
    [InlineData(256)]
    public void WhileAsManyRowsAreReadEveryLineIsAskedForOnce(int depth)
    {
        using var weight = new Block<float>(128, depth);
        var strided = new Matrix<float>(weight.View.Pointer, 64, depth, 2 * depth);
        foreach (var matrix in new[] { weight.View, strided })
        {
            var ahead = RowsAhead.Of(matrix, 0, Rows, default);
            var first = (int)((Next(ahead) - At(matrix, 0)) / (matrix.RowStride * sizeof(float)));
            var asked = new List<nint>();
            for (var step = 0; step < depth; step += 4, ahead.TwoLines())
            {
                asked.Add(Next(ahead));
            }

            Assert.Equal(from row in Enumerable.Range(first, Rows) from pair in Enumerable.Range(0, depth / 32) select At(matrix, row) + (pair * 128), asked);
        }
    }

    [Fact]
    public void AfterTheLastRowsWhatIsReadSoonIsAskedFor()
    {
        using var weight = new Block<float>(32, 256);
        using var memory = new Block<float>(20, 1024);
        var then = new Matrix<float>(memory.View.Pointer, 20, 1024);
        var soon = RowsSoon.Of(then);

        // A row of the weight is a quarter of one of the others; what is asked for lies 32 of the weight's rows ahead.
        Assert.Equal(At(then, 0), Next(RowsAhead.Of(weight.View, 0, Rows, soon)));
        Assert.Equal(At(then, 6), Next(RowsAhead.Of(weight.View, 24, Rows, soon)));
    }

    // Asking for them costs next to nothing: they are in the cache.
    [Fact]
    public void WhereNothingIsReadLaterTheSameRowsAreAskedFor()
    {
        using var weight = new Block<float>(12, 1024);
        using var apart = new Block<float>(20, 1024);
        Assert.Equal(At(weight.View, 8), Next(RowsAhead.Of(weight.View, 8, Rows, default)));

        // Rows with memory between them are not read in one go.
        Assert.Equal(At(weight.View, 4), Next(RowsAhead.Of(weight.View, 4, Rows, RowsSoon.Of(apart.View))));
    }

    private static nint Next(RowsAhead ahead) => (nint)ahead.Next;

    private static nint At(Matrix<float> matrix, int row) => (nint)(matrix.Pointer + (row * matrix.RowStride));
}
