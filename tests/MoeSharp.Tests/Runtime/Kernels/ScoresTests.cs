using System.Numerics;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>What is computed of many tokens' scores at once, against plain loops over one token's: the same bits, since every sum has its order.</summary>
public unsafe class ScoresTests
{
    // Tokens and scores: fewer than lanes of float or double, as many, and some over.
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 1 },
        { 3, 8 },
        { 8, 5 },
        { 9, 16 },
        { 16, 17 },
        { 17, 60 },
        { 64, 16 },
        { 40, 256 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Floats(int tokens, int count) => Check<float>(tokens, count);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Doubles(int tokens, int count) => Check<double>(tokens, count);

    private static void Check<T>(int tokens, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var logits = Logits<T>(tokens, count);
        SoftmaxOfATaskIsThatOfItsTokens<T>(logits);
        SigmoidOfATaskIsThatOfItsTokens<T>(logits);
        using var s = new Block<T>(tokens, count);
        Scores.Sigmoid(0, tokens, logits.View, s.View);
        SumsAreFromTheLeft<T>(s);
        EntropyDoesNotDependOnTheTokensBeside<T>(s);
        using var dS = Blocks.Random<T>(tokens, count, seed: 5);
        GradientsAreThoseOfPlainLoops<T>(s, dS);
    }

    private static void SoftmaxOfATaskIsThatOfItsTokens<T>(Matrix<T> logits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var s = new Block<T>(logits.Rows, logits.Columns);
        var row = new T[logits.Columns];
        Scores.Softmax(logits.Rows / 3, logits.Rows, logits, s.View);
        _ = s.ToArray();
        for (var t = 0; t < logits.Rows; t++)
        {
            Scores.Softmax<T>(logits.Row(t), row);
            SameBits(t < logits.Rows / 3 ? new T[logits.Columns] : row, s.View.Row(t));
        }
    }

    private static void SigmoidOfATaskIsThatOfItsTokens<T>(Matrix<T> logits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // With gaps between the rows, and without.
        using var s = new Block<T>(logits.Rows, logits.Columns);
        var row = new T[logits.Columns];
        T[] from = [.. Enumerable.Range(0, logits.Rows).SelectMany(t => logits.Row(t).ToArray())];
        var to = new T[from.Length];
        var first = logits.Rows / 3;
        Scores.Sigmoid(first, logits.Rows, logits, s.View);
        _ = s.ToArray();
        fixed (T* source = from, target = to)
        {
            Scores.Sigmoid(first, logits.Rows, new Matrix<T>(source, logits.Rows, row.Length), new Matrix<T>(target, logits.Rows, row.Length));
        }

        for (var t = 0; t < logits.Rows; t++)
        {
            Scores.Sigmoid<T>(logits.Row(t), row);
            var expected = t < first ? new T[row.Length] : row;
            SameBits(expected, s.View.Row(t));
            SameBits(expected, to.AsSpan(t * row.Length, row.Length));
        }
    }

    private static void SumsAreFromTheLeft<T>(Matrix<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(s.Rows);
        bool[] isCounted = [.. Enumerable.Range(0, s.Rows).Select(_ => random.Next(3) > 0)];
        foreach (var (shares, mask) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var expected = new T[s.Columns];
            var best = new long[s.Columns];
            for (var t = 0; t < s.Rows; t++)
            {
                if (mask && !isCounted[t])
                {
                    continue;
                }

                var factor = shares ? T.One / (s.Row(t).ToArray().Aggregate(T.Zero, (sum, each) => sum + each) + T.CreateTruncating(RoutingWeights.Epsilon)) : T.One;
                for (var i = 0; i < s.Columns; i++)
                {
                    expected[i] += s[t, i] * factor;
                }

                var top = new int[Math.Min(3, s.Columns)];
                TopK.Select<T>(s.Row(t), top);
                Array.ForEach(top, expert => best[expert]++);
            }

            var part = new PartSums<T>(s.Columns, unbiased: Math.Min(3, s.Columns), devices: 0, weighs: false, noisy: 0);
            part.Score(s, shares, mask ? isCounted : []);
            Assert.Equal(Array.ConvertAll(expected, double.CreateTruncating), part.Sums().Scores);
            Assert.Equal(best, part.Sums().Unbiased);
        }
    }

    private static void EntropyDoesNotDependOnTheTokensBeside<T>(Matrix<T> s)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var beside = 1; beside <= Math.Min(RouterEntropy.MostTokens, s.Rows); beside++)
        {
            var entropies = RouterEntropy.Of(s, s.Rows - beside, beside);
            for (var lane = 0; lane < beside; lane++)
            {
                SameBits([RouterEntropy.Of(s, s.Rows - beside + lane, 1)[0]], [entropies[lane]]);
            }
        }
    }

    private static void GradientsAreThoseOfPlainLoops<T>(Matrix<T> s, Matrix<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var t = 0; t < s.Rows; t++)
        {
            var (row, dS) = (s.Row(t).ToArray(), gradient.Row(t).ToArray());
            var (sum, inner) = (T.Zero, T.Zero);
            for (var i = 0; i < row.Length; i++)
            {
                sum += row[i];
                inner += dS[i] * row[i];
            }

            T[] sigmoid = [.. dS], softmax = [.. dS], share = [.. row];
            Scores.SigmoidBackward<T>(row, sigmoid);
            SameBits([.. dS.Zip(row, (d, each) => d * (each * (T.One - each)))], sigmoid);
            Scores.SoftmaxBackward<T>(row, softmax);
            SameBits([.. dS.Zip(row, (d, each) => each * (d - inner))], softmax);
            Balance.ShareBackward<T>(row, dS, share);
            sum += T.CreateTruncating(RoutingWeights.Epsilon);
            SameBits([.. dS.Zip(row, (d, each) => each + ((d - (inner / sum)) / sum))], share);
        }
    }

    /// <summary>Some of them infinite or NaN, each in a token of its own.</summary>
    private static Block<T> Logits<T>(int tokens, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(tokens + count);
        return new Block<T>(tokens, count, (token, expert) => (token % 8, expert) switch
        {
            (3, 0) => T.NegativeInfinity,
            (5, 0) => T.PositiveInfinity,
            (6, 0) => T.NaN,
            _ => T.CreateTruncating((8 * random.NextDouble()) - 4),
        });
    }

    /// <summary>Equal in all bits; which NaN it is does not matter.</summary>
    private static void SameBits<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                (T.IsNaN(expected[i]) && T.IsNaN(actual[i])) || (expected[i] == actual[i] && T.IsNegative(expected[i]) == T.IsNegative(actual[i])),
                $"{i}: {expected[i]} is expected, {actual[i]} was computed");
        }
    }
}
