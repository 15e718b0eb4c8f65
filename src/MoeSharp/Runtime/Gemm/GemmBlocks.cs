namespace MoeSharp.Runtime;

/// <summary>The blocks a result is cut into to be computed side by side. The cut depends on the product's shape alone.</summary>
/// <param name="Rows">Rows of the result.</param>
/// <param name="Columns">Columns of the result.</param>
/// <param name="BlockRows">Rows of a block; the last may have fewer.</param>
/// <param name="BlockColumns">Columns of a block; the last may have fewer.</param>
internal readonly record struct GemmBlocks(int Rows, int Columns, int BlockRows, int BlockColumns)
{
    // Enough work to outweigh handing it over: a million multiply-adds take a core some 10 microseconds.
    private const long SmallestBlock = 1L << 20;

    // Every row of blocks gathers b again: with fewer rows to share it, gathering shows.
    private const int FewestRows = 96;

    // A multiple of every tile's width; a narrower block would copy its rows of a too often.
    private const int FewestColumns = 128;

    // What a task of a few rows reads: some ten microseconds' worth.
    private const int BytesOfFewRows = 1 << 17;

    // More blocks than this balance no better.
    private const int MostBlocks = 32;

    private int Across => (Columns + BlockColumns - 1) / BlockColumns;

    /// <summary>Number of blocks.</summary>
    public int Count => (Rows + BlockRows - 1) / BlockRows * Across;

    /// <summary>A block: its first row, its rows, its first column, its columns.</summary>
    public (int Row, int Rows, int Column, int Columns) this[int block]
    {
        get
        {
            var row = block / Across * BlockRows;
            var column = block % Across * BlockColumns;
            return (row, Math.Min(BlockRows, Rows - row), column, Math.Min(BlockColumns, Columns - column));
        }
    }

    /// <summary>The cut of an [m, k]·[k, n] product.</summary>
    public static GemmBlocks For(int rows, int columns, int depth)
    {
        var wanted = Math.Clamp((long)rows * columns * depth / SmallestBlock, 1, MostBlocks);
        var down = Even(Math.Clamp(rows / FewestRows, 1, wanted));
        var across = Math.Clamp(columns / FewestColumns, 1, (wanted + down - 1) / down);
        return new GemmBlocks(rows, columns, Piece(rows, down, 4), Piece(columns, across, 32));
    }

    /// <summary>
    /// The cut of an [m, k]·[k, n] product of a few rows, which takes as long as reading b: columns, in tasks that read about the same number of bytes, none
    /// narrower than a register.
    /// </summary>
    /// <param name="rows">Rows of the result.</param>
    /// <param name="columns">Columns of the result.</param>
    /// <param name="columnBytes">Bytes of a column of b.</param>
    /// <param name="lanes">Columns a register holds.</param>
    public static GemmBlocks OfFewRows(int rows, int columns, long columnBytes, int lanes)
    {
        var width = (int)Math.Max(1, BytesOfFewRows / Math.Max(1, columnBytes * lanes)) * lanes;
        while (columns % width is > 0 and var rest && rest < lanes)
        {
            width += lanes;
        }

        return new GemmBlocks(rows, columns, Math.Max(1, rows), width);
    }

    // Blocks are alike, so with an odd number of them one core would wait for another's last: of rows of blocks a number that the usual numbers of cores
    // divide, as near as the rounding of a block's rows allows.
    private static long Even(long count) => count >= 8 ? count / 8 * 8 : count >= 4 ? 4 : count >= 2 ? 2 : 1;

    private static int Piece(int length, long pieces, int multiple) =>
        Math.Max(multiple, (int)(((length + pieces - 1) / pieces) + multiple - 1) / multiple * multiple);
}
