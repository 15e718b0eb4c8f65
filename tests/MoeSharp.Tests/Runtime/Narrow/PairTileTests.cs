using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Narrow;

/// <summary>Every kernel of machine code, by itself: its sums, what it does with them, and that it touches nothing else.</summary>
public unsafe class PairTileTests
{
    private const int Columns = PairTile.Columns;

    /// <summary>Rows and ends. By name: the type is internal, and a test is public.</summary>
    public static TheoryData<int, string> Kernels
    {
        get
        {
            var kernels = new TheoryData<int, string>();
            foreach (var end in Enum.GetNames<PairTileEnd>())
            {
                for (var rows = 1; rows <= PairTile.MostRows; rows++)
                {
                    kernels.Add(rows, end);
                }
            }

            return kernels;
        }
    }

    [PairTheory]
    [MemberData(nameof(Kernels))]
    public void SumsOfSmallIntegersAreExact(int rows, string end) => Check(rows, Enum.Parse<PairTileEnd>(end), GuardedMatrices.Integers, isExact: true);

    [PairTheory]
    [MemberData(nameof(Kernels))]
    public void SumsAreWithinRounding(int rows, string end) => Check(rows, Enum.Parse<PairTileEnd>(end), GuardedMatrices.Fractions, isExact: false);

    [Fact]
    public void TilesTakeAboutAsManyRowsEach()
    {
        for (var rows = 1; rows <= 200; rows++)
        {
            var tiles = new List<int>();
            for (var left = rows; left > 0; left -= tiles[^1])
            {
                tiles.Add(PairTiles.Next(left));
            }

            Assert.Equal(rows, tiles.Sum());
            Assert.Equal((rows + PairTile.MostRows - 1) / PairTile.MostRows, tiles.Count);
            Assert.InRange(tiles.Max(), tiles.Min(), Math.Min(PairTile.MostRows, tiles.Min() + 1));
        }
    }

    private static void Check(int rows, PairTileEnd end, Func<int, int, float[]> numbers, bool isExact)
    {
        foreach (var pairs in new[] { 1, 2, 7, 40 })
        {
            var (a, b, before) = (numbers(rows * 2 * pairs, 1), numbers(2 * pairs * Columns, 2), numbers(rows * Columns, 3));
            var expected = new Reference(a, b, end is PairTileEnd.Add or PairTileEnd.AddNarrow ? before : null, rows, Columns, 2 * pairs);
            foreach (var (inLines, asksAhead) in new[] { (false, false), (true, false), (false, true), (true, true) })
            {
                using var memory = new GuardedMatrices();
                var call = new PairTileCall { Depth = pairs };
                (var first, call.ARow, call.AStep) = inLines ? Lines(memory, a, rows, pairs) : Rows(memory, a, rows, pairs);
                call.A = (void*)first;
                call.B = Panel(memory, b, pairs);
                call.Ahead = asksAhead ? Ahead.Share(memory.New<float>(new float[5 * 40], 5, 40), 0, 1, pairs, call.A) : Ahead.Nothing(call.A);
                if (end is PairTileEnd.Store or PairTileEnd.Add)
                {
                    var c = memory.New<float>(before, rows, Columns, gap: 5);
                    Run(&call, c, end);
                    expected.Check(c, isExact);
                    memory.CheckAround(c);
                }
                else
                {
                    // Streaming needs rows that begin with a cache line. The others get rows that do not.
                    var c = memory.New<BFloat16>(before, rows, Columns, gap: end == PairTileEnd.StreamNarrow ? Columns : 5);
                    Run(&call, c, end);
                    expected.Check(c, isExact);
                    memory.CheckAround(c);
                }
            }
        }
    }

    private static void Run<T>(PairTileCall* call, Matrix<T> c, PairTileEnd end)
        where T : unmanaged
    {
        call->C = c.Pointer;
        call->CRow = c.RowStride * sizeof(T);
        PairTiles.Of(c.Rows, end)(call);
        Thread.MemoryBarrier();
    }

    // Rows of a where they lie, an odd number of elements apart.
    private static (nint First, nint Row, nint Step) Rows(GuardedMatrices memory, float[] a, int rows, int pairs)
    {
        var matrix = memory.New<BFloat16>(a, rows, 2 * pairs, gap: 3);
        return ((nint)matrix.Pointer, matrix.RowStride * sizeof(BFloat16), sizeof(uint));
    }

    // Rows of a side by side, a cache line a step.
    private static (nint First, nint Row, nint Step) Lines(GuardedMatrices memory, float[] a, int rows, int pairs)
    {
        var values = new float[pairs * 2 * rows];
        for (var i = 0; i < values.Length; i++)
        {
            var (step, row, half) = (i / (2 * rows), i / 2 % rows, i % 2);
            values[i] = a[(row * 2 * pairs) + (2 * step) + half];
        }

        var matrix = memory.New<BFloat16>(values, pairs, 2 * rows, gap: (Pairs.StepBytes / sizeof(BFloat16)) - (2 * rows));
        return ((nint)matrix.Pointer, sizeof(uint), Pairs.StepBytes);
    }

    private static void* Panel(GuardedMatrices memory, float[] b, int pairs)
    {
        var values = new float[b.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (step, column, half) = (i / (2 * Columns), i / 2 % Columns, i % 2);
            values[i] = b[(((2 * step) + half) * Columns) + column];
        }

        return memory.New<BFloat16>(values, pairs, 2 * Columns).Pointer;
    }
}
