using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

[Collection("Workers")]
public class AttentionTests
{
    private const int KeyBlock = 128;

    private static readonly Workers s_workers = Workers.Shared;

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(2, 3, 2, 1, 3)]
    [InlineData(1, 17, 4, 2, 17)]
    [InlineData(2, 63, 2, 2, 32)]
    [InlineData(1, 64, 2, 2, 64)]
    [InlineData(3, 65, 3, 1, 24)]
    [InlineData(1, 257, 2, 1, 33)]
    public void ForwardIsTheFormula(int batch, int sequence, int heads, int kvHeads, int headDim)
    {
        // Scores up to ±30: the running maximum must matter.
        var expected = Reference(batch, sequence, heads, kvHeads, headDim, 4);
        var (o, lse) = Forward<double>(batch, sequence, heads, kvHeads, headDim, 4);
        Numbers.Close(expected.Output, o, Numbers.Exact);
        Numbers.Close(expected.LogSumExp, lse, Numbers.Exact);
        var (o32, lse32) = Forward<float>(batch, sequence, heads, kvHeads, headDim, 4);
        Numbers.Close(expected.Output, o32.Widen(), Numbers.Single);
        Numbers.Close(expected.LogSumExp, lse32.Widen(), Numbers.Single);
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(2, 3, 2, 1, 3)]
    [InlineData(1, 17, 4, 2, 4)]
    [InlineData(1, 65, 2, 1, 3)]
    [InlineData(1, 140, 1, 1, 2)]
    public void BackwardIsTheDerivative(int batch, int sequence, int heads, int kvHeads, int headDim)
    {
        var tokens = batch * sequence;
        using var qkv = Blocks.Random<double>(tokens, (heads + (2 * kvHeads)) * headDim, 1);
        using var dO = Blocks.Random<double>(tokens, heads * headDim, 2);
        using var o = new Block<double>(tokens, heads * headDim);
        using var lse = new Block<double>(heads, tokens);
        var expected = Numbers.Gradient(qkv, () =>
        {
            Attention.Forward<double>(s_workers, qkv, heads, kvHeads, headDim, sequence, o, lse);
            return Numbers.Inner(o, dO);
        });
        Numbers.Close(expected, Backward<double>(batch, sequence, heads, kvHeads, headDim), Numbers.Difference);
    }

    [Theory]
    [InlineData(2, 63, 4, 2, 32)]
    [InlineData(1, 64, 2, 2, 64)]
    [InlineData(2, 257, 3, 1, 17)]
    public void BackwardInFloatIsThatInDoubleAndTheSameAtAnyWorkerCount(int batch, int sequence, int heads, int kvHeads, int headDim)
    {
        Numbers.Close(
            Backward<double>(batch, sequence, heads, kvHeads, headDim), Backward<float>(batch, sequence, heads, kvHeads, headDim).Widen(), Numbers.Single);
        Numbers.SameBits(() => Backward<float>(batch, sequence, heads, kvHeads, headDim));
        Numbers.SameBits(() => Forward<float>(batch, sequence, heads, kvHeads, headDim, 1).Output);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(90)]
    [InlineData(-90)]
    public void ScoresMayRiseOrFallFromBlockToBlock(int step)
    {
        // Every block of keys lies so much above the one before: less than a row's reference allows, more in those rows alone that see many of the third
        // block's keys, and more than e^x can hold.
        const int Sequence = 400, HeadDim = 16;
        using var qkv = Rising(Sequence, HeadDim, step);
        using var o = new Block<float>(Sequence, HeadDim);
        using var lse = new Block<float>(1, Sequence);
        Attention.Forward<float>(s_workers, qkv, 1, 1, HeadDim, Sequence, o, lse);
        for (var token = 0; token < Sequence; token++)
        {
            var last = step > 0 ? step * (token / KeyBlock) : 0;
            var shares = Enumerable.Range(0, token + 1).Select(key => Math.Exp((step * (key / KeyBlock)) - last)).ToArray();
            Assert.Equal(last + Math.Log(shares.Sum()), lse.View[0, token], 1e-6 * (1 + Math.Abs(last))); // some roundings of float
            var expected = shares.Select((share, key) => share * qkv.View[key, 2 * HeadDim]).Sum() / shares.Sum();
            Assert.Equal(expected, o.View[token, 0], 1e-5); // a sum of 400 terms below one in float
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void ASequenceMayComeInPieces(int step)
    {
        // Where scores rise, some rows of a block get a new reference and others do not: it must not matter which rows come with them.
        const int Sequence = 400, HeadDim = 16;
        using var qkv = Rising(Sequence, HeadDim, step);
        using var o = new Block<float>(Sequence, HeadDim);
        using var lse = new Block<float>(1, Sequence);
        Attention.Forward<float>(s_workers, qkv, 1, 1, HeadDim, Sequence, o, lse);
        var (whole, wholeLse) = (o.ToArray(), lse.ToArray());
        using var cache = new KernelKeyValueCache<float>(layers: 1, sequences: 1, Sequence);
        for (int first = 0, rows; first < Sequence; first += rows)
        {
            rows = Math.Min(first % 7 == 0 ? 1 : 45, Sequence - first);
            cache.Choose([0]);
            Attention.Forward(
                s_workers, qkv.View.RowRange(first, rows), 1, 1, HeadDim, rows, o.View.RowRange(first, rows), lse.View.ColumnRange(first, rows), cache[0]);
            cache.Advance(rows);
        }

        Assert.Equal(whole, o.ToArray());
        Assert.Equal(wholeLse, lse.ToArray());
    }

    [Fact]
    public void ATokenDoesNotSeeWhatFollows()
    {
        const int Sequence = 150, HeadDim = 8;
        using var qkv = Blocks.Random<float>(Sequence, 3 * HeadDim, 1);
        using var o = new Block<float>(Sequence, HeadDim);
        using var lse = new Block<float>(1, Sequence);
        Attention.Forward<float>(s_workers, qkv, 1, 1, HeadDim, Sequence, o, lse);
        var before = o.ToArray();
        qkv.View.Row(100).Fill(9);
        Attention.Forward<float>(s_workers, qkv, 1, 1, HeadDim, Sequence, o, lse);
        Assert.Equal(before[..(100 * HeadDim)], o.ToArray()[..(100 * HeadDim)]);
        Assert.NotEqual(before[(100 * HeadDim)..], o.ToArray()[(100 * HeadDim)..]);
    }

    [Fact]
    public void ShapesThatDoNotFitAreNamed()
    {
        using var qkv = new Block<float>(6, 12);
        using var o = new Block<float>(6, 4);
        using var lse = new Block<float>(1, 6);
        Assert.Contains("sequences of 4", Assert.Throws<ArgumentException>(() => Attention.Forward<float>(s_workers, qkv, 1, 1, 4, 4, o, lse)).Message);
        Assert.Contains("kvHeads must divide", Assert.Throws<ArgumentException>(() => Attention.Forward<float>(s_workers, qkv, 3, 2, 4, 6, o, lse)).Message);
        Assert.Contains("logSumExp is [1, 6]", Assert.Throws<ArgumentException>(() => Attention.Forward<float>(s_workers, qkv, 2, 2, 2, 6, o, lse)).Message);
    }

    /// <summary>Random values, and keys of which every block scores so much more than the one before.</summary>
    private static Block<float> Rising(int sequence, int headDim, int step)
    {
        var qkv = Blocks.Random<float>(sequence, 3 * headDim, 3);
        for (var token = 0; token < sequence; token++)
        {
            qkv.View.Row(token)[..headDim].Fill(1);
            qkv.View.Row(token).Slice(headDim, headDim).Fill((float)(step * (token / KeyBlock) / Math.Sqrt(headDim)));
        }

        return qkv;
    }

    private static (T[] Output, T[] LogSumExp) Forward<T>(int batch, int sequence, int heads, int kvHeads, int headDim, double scale)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tokens = batch * sequence;
        using var qkv = Blocks.Random<T>(tokens, (heads + (2 * kvHeads)) * headDim, 1, scale);
        using var o = new Block<T>(tokens, heads * headDim);
        using var lse = new Block<T>(heads, tokens);
        Attention.Forward<T>(s_workers, qkv, heads, kvHeads, headDim, sequence, o, lse);
        return (o.ToArray(), lse.ToArray());
    }

    private static T[] Backward<T>(int batch, int sequence, int heads, int kvHeads, int headDim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tokens = batch * sequence;
        using var qkv = Blocks.Random<T>(tokens, (heads + (2 * kvHeads)) * headDim, 1);
        using var dO = Blocks.Random<T>(tokens, heads * headDim, 2);
        using var o = new Block<T>(tokens, heads * headDim);
        using var lse = new Block<T>(heads, tokens);

        // Not zero: every element must be overwritten.
        using var dQkv = Blocks.Random<T>(tokens, (heads + (2 * kvHeads)) * headDim, 3);
        Attention.Forward<T>(s_workers, qkv, heads, kvHeads, headDim, sequence, o, lse);
        Attention.Backward<T>(s_workers, dO, qkv, o, lse, heads, kvHeads, headDim, sequence, dQkv);
        return dQkv.ToArray();
    }

    private static (double[] Output, double[] LogSumExp) Reference(int batch, int sequence, int heads, int kvHeads, int headDim, double scale)
    {
        var tokens = batch * sequence;
        using var block = Blocks.Random<double>(tokens, (heads + (2 * kvHeads)) * headDim, 1, scale);
        var qkv = block.View;
        var output = new double[tokens * heads * headDim];
        var logSumExp = new double[heads * tokens];
        for (var token = 0; token < tokens; token++)
        {
            for (var head = 0; head < heads; head++)
            {
                var shared = head / (heads / kvHeads);
                var (query, key, value) = (head * headDim, (heads + shared) * headDim, (heads + kvHeads + shared) * headDim);
                var first = token / sequence * sequence;
                var scores = Enumerable.Range(first, token - first + 1)
                    .Select(other => Enumerable.Range(0, headDim).Sum(i => qkv[token, query + i] * qkv[other, key + i]) / Math.Sqrt(headDim)).ToArray();
                var max = scores.Max();
                var sum = scores.Sum(score => Math.Exp(score - max));
                logSumExp[(head * tokens) + token] = max + Math.Log(sum);
                for (var i = 0; i < headDim; i++)
                {
                    output[(token * heads * headDim) + query + i] = scores.Select((score, at) => Math.Exp(score - max) / sum * qkv[first + at, value + i]).Sum();
                }
            }
        }

        return (output, logSumExp);
    }
}
