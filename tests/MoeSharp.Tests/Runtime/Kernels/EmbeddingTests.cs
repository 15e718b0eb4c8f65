using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class EmbeddingTests
{
    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(65, 3, 17)]
    [InlineData(300, 17, 129)]
    public void RowsAreCopiedAndTheirGradientsAdded(int tokens, int vocab, int dim)
    {
        using var ids = Blocks.Integers(1, tokens, 1, 0, vocab);
        using var table = Blocks.Random<double>(vocab, dim, 2);
        using var y = new Block<double>(tokens, dim);
        Embedding.Forward<double, double>(s_workers, ids, table, y);
        Assert.Equal(Enumerable.Range(0, tokens).SelectMany(t => table.View.Row(ids.View[0, t]).ToArray()), y.ToArray());

        using var dTable = table.Clone();
        Embedding.Backward<double, double>(s_workers, ids, y, dTable);
        var expected = from id in Enumerable.Range(0, vocab)
                       from i in Enumerable.Range(0, dim)
                       select table.View[id, i] + Enumerable.Range(0, tokens).Where(t => ids.View[0, t] == id).Sum(t => y.View[t, i]);
        Numbers.Close(expected, dTable.ToArray(), Numbers.Exact);
    }

    [Fact]
    public void TheSameAtAnyWorkerCount() => Numbers.SameBits(() =>
    {
        using var ids = Blocks.Integers(1, 500, 1, 0, 9);
        using var dy = Blocks.Random<float>(500, 200, 2);
        using var dTable = new Block<float>(9, 200);
        Embedding.Backward<float, float>(s_workers, ids, dy, dTable);
        return dTable.ToArray();
    });

    [Fact]
    public void AnIdOutsideTheTableIsNamed()
    {
        using var ids = new Block<int>(1, 2, (_, column) => -column);
        using var table = new Block<float>(3, 4);
        using var y = new Block<float>(2, 4);
        Assert.Contains("ids[1] is -1", Assert.Throws<ArgumentException>(() => Embedding.Forward<float, float>(s_workers, ids, table, y)).Message);
    }
}
