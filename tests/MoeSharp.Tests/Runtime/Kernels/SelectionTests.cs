using System.Numerics;
using System.Numerics.Tensors;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Runtime.Kernels;

/// <summary>What tokens choose side by side, against the plain way, a token after the other: a group limit and a top K of its row. They must agree in every index.</summary>
public class SelectionTests
{
    // Scores, experts chosen, groups, groups kept: fewer scores than lanes, as many, and no multiple of them; groups of one score.
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 1, 1, 1, 1 },
        { 7, 7, 1, 1 },
        { 8, 2, 4, 2 },
        { 16, 3, 4, 2 },
        { 17, 4, 1, 1 },
        { 60, 6, 6, 3 },
        { 64, 8, 8, 4 },
        { 24, 2, 24, 5 },
        { 66, 5, 2, 1 },
        { 256, 8, 8, 4 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Floats(int count, int k, int groups, int keep) => Check<float>(count, k, groups, keep);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Doubles(int count, int k, int groups, int keep) => Check<double>(count, k, groups, keep);

    [Fact]
    public void MoreThanThereAreIsRefused()
    {
        using var scores = new Block<float>(1, 2);
        using var experts = new Block<int>(1, 3);
        Assert.Contains("3 experts", Assert.Throws<ArgumentException>(() => Selection.TopK<float>(0, 1, scores, experts)).Message);
    }

    private static void Check<T>(int count, int k, int groups, int keep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Fewer tokens than lanes of float or double, as many, and some over; not from the first to the last.
        foreach (var tokens in new[] { 1, 7, 8, 9, 16, 17, 31, 40 })
        {
            foreach (var kind in Enum.GetValues<Kind>())
            {
                using var scores = Scores<T>(tokens + 3, count, kind);
                using var bias = Blocks.Random<T>(1, count, seed: 3, scale: 0.1);
                Same<T>(scores, null, k, 1, 1, 1);
                Same<T>(scores, bias, k, 1, 1, 1);
                foreach (var bestOfGroup in new[] { 1, 2 })
                {
                    Same<T>(scores, null, k, groups, keep, bestOfGroup);
                    Same<T>(scores, bias, k, groups, keep, bestOfGroup);
                }
            }
        }
    }

    private static void Same<T>(Matrix<T> scores, Matrix<T>? bias, int k, int groups, int keep, int bestOfGroup)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Untouched = -7;
        var (first, end) = (2, scores.Rows - 1);
        using var experts = new Block<int>(scores.Rows, k, (_, _) => Untouched);
        Selection.TopK(first, end, scores, experts, bias, groups, keep, bestOfGroup);
        var expected = new int[scores.Rows * k];
        expected.AsSpan().Fill(Untouched);
        for (var t = first; t < end; t++)
        {
            var choice = scores.Row(t).ToArray();
            if (bias is { } b)
            {
                TensorPrimitives.Add<T>(choice, b.Row(0), choice);
            }

            if (keep < groups && bestOfGroup == 1)
            {
                GroupLimit.Best<T>(choice, groups, keep);
            }
            else if (keep < groups)
            {
                GroupLimit.SumOfTwoBest<T>(choice, groups, keep);
            }

            TopK.Select<T>(choice, expected.AsSpan(t * k, k));
        }

        Assert.Equal(expected, experts.ToArray());
    }

    private static Block<T> Scores<T>(int tokens, int count, Kind kind)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(tokens + count);
        return new Block<T>(tokens, count, (token, _) => kind switch
        {
            Kind.Tied => T.CreateTruncating(random.Next(-1, 2)) * T.NegativeZero,
            Kind.FewValues => T.CreateTruncating(random.Next(4)),
            Kind.Infinite => random.Next(4) switch { 0 => T.PositiveInfinity, 1 => T.NegativeInfinity, var value => T.CreateTruncating(value) },
            Kind.MostlyClosed => random.Next(9) > 0 ? T.NegativeInfinity : T.One,
            Kind.SomeNaN => random.Next(5) == 0 ? T.NaN : T.CreateTruncating(random.Next(9)),
            Kind.ATokenOfNaN => token % 11 == 5 ? T.NaN : T.CreateTruncating(random.NextDouble()),
            _ => T.CreateTruncating(random.NextDouble()),
        });
    }

    private enum Kind
    {
        Random,
        Tied,
        FewValues,
        Infinite,
        MostlyClosed,
        SomeNaN,
        ATokenOfNaN,
    }
}
