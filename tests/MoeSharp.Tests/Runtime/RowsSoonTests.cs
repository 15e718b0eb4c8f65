using System.Numerics;
using MoeSharp.Runtime;
using MoeSharp.Tests.Runtime.Kernels;
using Xunit;

namespace MoeSharp.Tests.Runtime;

/// <summary>What a product asks the cache for on behalf of whoever comes next: the rows wanted and no others, and never at the cost of a bit.</summary>
public sealed unsafe class RowsSoonTests
{
    private const int MostBytes = 256 << 10;

    [Fact]
    public void NothingIsAskedForByDefault() => Assert.Equal(0, default(RowsSoon).Pieces);

    [Fact]
    public void RowsAreListedInOrder()
    {
        using var rows = new Block<float>(5, 33);
        var soon = RowsSoon.Of(rows.View);
        Assert.Equal(33 * sizeof(float), soon.PieceBytes);
        Assert.Equal(Enumerable.Range(0, 5).Select(row => Address(rows.View, row)), List(soon));
    }

    [Fact]
    public void LongRowsAreCutIntoEvenPieces()
    {
        // 2400 bytes are three pieces of at most a kilobyte.
        using var rows = new Block<double>(2, 300);
        var soon = RowsSoon.Of(rows.View);
        Assert.Equal(800, soon.PieceBytes);
        Assert.Equal(from row in new[] { 0, 1 } from piece in new[] { 0, 800, 1600 } select Address(rows.View, row) + piece, List(soon));
    }

    [Fact]
    public void TheTokensOfABlockAreListed()
    {
        using var chosen = Blocks.Integers(40, 2, 1, -1, 3);
        var plan = new DispatchPlan();
        plan.Build(chosen, 3, blockRows: 8);
        using var x = new Block<float>(40, 16);
        using var y = new Block<double>(40, 20);
        foreach (var block in plan.Blocks)
        {
            var tokens = plan.RowToken[block.First..(block.First + block.Rows)];
            Assert.Equal(tokens.Select(token => Address(x.View, token)), List(RowsSoon.Of(x.View, plan, block)));
            Assert.Equal(tokens.SelectMany(token => new[] { Address(x.View, token), Address(y.View, token) }), List(RowsSoon.Of(x.View, y.View, plan, block)));
        }

        Assert.Empty(List(RowsSoon.Of(x.View, y.View, plan, default)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowsSoon.Of(x.View, plan, new ExpertBlock(2, plan.Rows - 1, 2)));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowsSoon.Of(x.View, x.View, plan, new ExpertBlock(0, 3, -1)));
    }

    [Fact]
    public void NoMoreThanAQuarterOfACacheIsListed()
    {
        // Rows of a kilobyte.
        using var rows = new Block<float>(300, 256);
        Assert.Equal(Enumerable.Range(0, MostBytes / 1024).Select(row => Address(rows.View, row)), List(RowsSoon.Of(rows.View)));

        using var chosen = new Block<int>(300, 1);
        var plan = new DispatchPlan();
        plan.Build(chosen, 1, blockRows: 300);
        Assert.Equal(MostBytes / 1024, List(RowsSoon.Of(rows.View, rows.View, plan, plan.Blocks[0])).Length);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(7, 3)]
    [InlineData(3, 7)]
    [InlineData(44, 200)]
    [InlineData(5, 5)]
    public void SharesAreEvenAndCoverAllRows(int kernels, int count)
    {
        const int Depth = 256;
        using var rows = new Block<float>(count, 16);
        var shares = new SoonShares(RowsSoon.Of(rows.View), kernels);
        var asked = new List<nint>();
        for (var kernel = 0; kernel < kernels; kernel++)
        {
            var pieces = shares.Next(Depth, out var ahead) ? (int)((Depth + ahead.Steps - 1) / ahead.Steps) : 0;
            Assert.InRange(pieces, count / kernels, (count + kernels - 1) / kernels);
            for (var piece = 0; piece < pieces; piece++)
            {
                asked.Add((nint)ahead.Pieces[piece]);
            }
        }

        Assert.Equal(Enumerable.Range(0, count).Select(row => Address(rows.View, row)), asked);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(31)]
    [InlineData(256)]
    [InlineData(1000)]
    public void NoKernelReadsPastItsPieces(int count)
    {
        const int Depth = 256;
        const int Bytes = 512;
        var pieces = stackalloc byte*[count];
        var ahead = Ahead.List(pieces, count, Bytes, Depth);
        Assert.InRange((Depth + ahead.Steps - 1) / ahead.Steps, 1, count);

        // To its end, wherever in a cache line it begins, or a line a step where the steps are too few.
        Assert.True(ahead.Step == 64 || ahead.Step * ahead.Steps >= Bytes + 63);
    }

    // One tile, edges alone, several blocks of columns and of the depth, a b that is too large, one register left over, up to eight rows.
    [Theory]
    [InlineData(12, 32, 40)]
    [InlineData(5, 200, 90)]
    [InlineData(30, 20, 300)]
    [InlineData(130, 96, 128)]
    [InlineData(57, 176, 300)]
    [InlineData(40, 600, 300)]
    public void ProductsHaveTheSameBits(int m, int n, int k)
    {
        foreach (var rows in new[] { 0, 1, 40, 700 })
        {
            foreach (var (transposeA, transposeB) in new[] { (false, false), (false, true), (true, false), (true, true) })
            {
                SameBits<float>(m, n, k, transposeA, transposeB, rows);
                SameBits<double>(m, n, k, transposeA, transposeB, rows);
            }
        }
    }

    [Fact]
    public void GradientsOfExpertsHaveTheSameBits()
    {
        using var chosen = Blocks.Integers(90, 2, 1, -1, 3);
        var plan = new DispatchPlan();
        plan.Build(chosen, 3, blockRows: 20);

        // Higher than one task: the last of several asks.
        using var left = Blocks.Random<float>(plan.Rows, 300, 2);
        using var right = Blocks.Random<float>(plan.Rows, 40, 3);
        using var expected = new Block<float>(3 * 300, 40);
        using var actual = new Block<float>(3 * 300, 40);
        ExpertsGradient.Compute<float, float>(Workers.Shared, plan, new ExpertRange(0, 3), left, right, expected, accumulate: false);
        for (var expert = 0; expert < 3; expert++)
        {
            var range = new ExpertRange(expert, 1);
            var soon = RowsSoon.Of(left.View, right.View, plan, plan.After(range));
            ExpertsGradient.Compute<float, float>(Workers.Shared, plan, range, left, right, actual, accumulate: false, soon);
        }

        Assert.Equal(expected.ToArray(), actual.ToArray());
    }

    private static void SameBits<T>(int m, int n, int k, bool transposeA, bool transposeB, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var operands = new GemmOperands<T>(m, n, k, transposeA, transposeB, seed: 3, gap: 3);
        var asked = operands.New(rows, 70, gap: 5);
        Gemm<T>.Multiply(operands.A, operands.B, operands.C);
        var expected = GemmOperands<T>.Read(operands.C);
        operands.C.Clear();
        Gemm<T>.Multiply(operands.A, operands.B, operands.C, soon: RowsSoon.Of(asked));
        Assert.Equal(expected, GemmOperands<T>.Read(operands.C));
        operands.CheckGaps();
    }

    private static nint Address<T>(Matrix<T> matrix, int row)
        where T : unmanaged => (nint)(matrix.Pointer + (row * matrix.RowStride));

    private static nint[] List(RowsSoon soon)
    {
        var pieces = new nint[soon.Pieces];
        fixed (nint* pointer = pieces)
        {
            soon.List((byte**)pointer);
        }

        return pieces;
    }
}
