using MoeSharp.Modules;
using MoeSharp.Runtime;
using Xunit;

namespace MoeSharp.Tests.Models.Capacities;

/// <summary>Which pairs are dropped, on small batches worked by hand.</summary>
[Collection("Workers")]
public class DroppingTests
{
    public static TheoryData<Lowering> Lowerings => [Lowering.Kernels, Lowering.Torch];

    [Theory]
    [InlineData(1.25, 8, 1, 4, 3)] // 2.5
    [InlineData(1.0, 8, 2, 4, 4)] // GShard: 2·T/N
    [InlineData(1.1, 10, 1, 1, 10)] // no more than there are
    [InlineData(1.1, 20, 1, 2, 11)] // 11 exactly
    [InlineData(0.07, 100, 1, 1, 7)] // 7.000000000000001 in double
    [InlineData(1.15, 100, 1, 5, 23)] // 22.999999999999996 in double
    [InlineData(1e-300, 5, 2, 4, 1)]
    [InlineData(1e300, 5, 2, 4, 10)]
    [InlineData(1.0, 0, 2, 4, 0)]
    public void ThePlacesAreTheCeilingInDecimal(double factor, int tokens, int slots, int groups, int places) =>
        Assert.Equal(places, Dropping.Places(factor, tokens, slots, groups));

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ByPositionFirstChoicesComeBeforeSecondOnes(Lowering lowering)
    {
        // ⌈1·2·4/4⌉ = 2 places an expert. Expert 0 is the first choice of tokens 1 and 3 and the second of tokens 0 and 2: the first choices stay. Expert 1 is
        // the first choice of tokens 0 and 2, and the second of token 1.
        var scene = new DropScene(4, new[,] { { 1, 0 }, { 0, 1 }, { 1, 0 }, { 0, 3 } }) { Factor = 1 };
        var (kept, dropped) = scene.Drop(lowering);
        Assert.Equal(new[,] { { 1, -1 }, { 0, -1 }, { 1, -1 }, { 0, 3 } }, kept);
        Assert.Equal(3, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ByPositionTheFirstTokensStay(Lowering lowering)
    {
        // Switch with five tokens on expert 2 of 4: ⌈1.25·1·5/4⌉ = 2.
        var (kept, dropped) = new DropScene(4, new[,] { { 2 }, { 2 }, { 2 }, { 2 }, { 2 } }) { Factor = 1.25 }.Drop(lowering);
        Assert.Equal(new[,] { { 2 }, { 2 }, { -1 }, { -1 }, { -1 } }, kept);
        Assert.Equal(3, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ByScoreTheLowestGo(Lowering lowering)
    {
        // ⌈1·1·4/4⌉ = 1 place: of the three tokens on expert 1 the second, of score 0.7, stays; experts 0 and 2 have no token.
        var scene = new DropScene(4, new[,] { { 1 }, { 1 }, { 3 }, { 1 } })
        {
            Factor = 1,
            Scores = new[,] { { 0.2f, 0.5f, 0.2f, 0.1f }, { 0.1f, 0.7f, 0.1f, 0.1f }, { 0.1f, 0.1f, 0.1f, 0.7f }, { 0.1f, 0.6f, 0.2f, 0.1f } },
        };
        var (kept, dropped) = scene.Drop(lowering);
        Assert.Equal(new[,] { { -1 }, { 1 }, { 3 }, { -1 } }, kept);
        Assert.Equal(2, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ByScoreNaNIsTheLowest(Lowering lowering)
    {
        // As above, the second token's score NaN: the fourth's 0.6 stays.
        var scene = new DropScene(4, new[,] { { 1 }, { 1 }, { 3 }, { 1 } })
        {
            Factor = 1,
            Scores = new[,] { { 0.2f, 0.5f, 0.2f, 0.1f }, { 0.1f, float.NaN, 0.1f, 0.1f }, { 0.1f, 0.1f, 0.1f, 0.7f }, { 0.1f, 0.6f, 0.2f, 0.1f } },
        };
        var (kept, dropped) = scene.Drop(lowering);
        Assert.Equal(new[,] { { -1 }, { -1 }, { 3 }, { 1 } }, kept);
        Assert.Equal(2, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void OfEqualScoresTheLaterTokenGoes(Lowering lowering)
    {
        // All 24 pairs lie on three experts of 8 with 3 places each, ⌈1·3·8/8⌉, and all scores are equal.
        var chosen = new int[8, 3];
        var scores = new float[8, 8];
        for (var token = 0; token < 8; token++)
        {
            (chosen[token, 0], chosen[token, 1], chosen[token, 2]) = (7, 0, 3);
            for (var expert = 0; expert < 8; expert++)
            {
                scores[token, expert] = 0.125f;
            }
        }

        var (kept, dropped) = new DropScene(8, chosen) { Factor = 1, Scores = scores }.Drop(lowering);
        for (var token = 0; token < 8; token++)
        {
            Assert.Equal(token < 3 ? [7, 0, 3] : [-1, -1, -1], Row(kept, token));
        }

        Assert.Equal(15, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void OnADeviceOfEqualScoresTheLaterSlotGoes(Lowering lowering)
    {
        // Device 0 has experts 0 to 3. ⌈0.5·3·3/2⌉ = ⌈2.25⌉ = 3 places: the first token's three pairs, all of score 0.1; the second's, and the third's on device 1.
        var scores = new float[3, 8];
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref scores[0, 0], 24).Fill(0.1f);
        var scene = new DropScene(8, new[,] { { 2, 5, 1 }, { 0, 1, 3 }, { 7, 6, 4 } }) { Factor = 0.5, Groups = 2, Scores = scores };
        var (kept, dropped) = scene.Drop(lowering);

        // Device 0 was asked for by pairs (0, 0), (0, 2), (1, 0), (1, 1), (1, 2): the first three stay. Device 1 by (0, 1), (2, 0), (2, 1), (2, 2): likewise.
        Assert.Equal(new[,] { { 2, 5, 1 }, { 0, -1, -1 }, { 7, 6, -1 } }, kept);
        Assert.Equal(3, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void PaddingTakesNoPlaceAndIsNoDroppedToken(Lowering lowering)
    {
        // Three of six tokens are padding, with the best scores and the first places: ⌈1·1·3/4⌉ = 1 place, which token 3 has by position and token 5 by score.
        bool[] mask = [false, false, false, true, true, true];
        var chosen = new[,] { { 2 }, { 2 }, { 2 }, { 2 }, { 2 }, { 2 } };
        var (kept, dropped) = new DropScene(4, chosen) { Factor = 1, Mask = mask }.Drop(lowering);
        Assert.Equal(new[,] { { -1 }, { -1 }, { -1 }, { 2 }, { -1 }, { -1 } }, kept);
        Assert.Equal(2, dropped);

        var scores = new float[6, 4];
        for (var token = 0; token < 6; token++)
        {
            scores[token, 2] = token < 3 ? 0.9f : 0.1f * token;
        }

        (kept, dropped) = new DropScene(4, chosen) { Factor = 1, Mask = mask, Scores = scores }.Drop(lowering);
        Assert.Equal(new[,] { { -1 }, { -1 }, { -1 }, { -1 }, { -1 }, { 2 } }, kept);
        Assert.Equal(2, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ASlotWithoutAnExpertTakesNoPlace(Lowering lowering)
    {
        // GShard's second choice that was not kept. ⌈0.5·2·4/4⌉ = 1 place.
        var (kept, dropped) = new DropScene(4, new[,] { { 0, -1 }, { 1, -1 }, { 2, 0 }, { 3, -1 } }) { Factor = 0.5 }.Drop(lowering);
        Assert.Equal(new[,] { { 0, -1 }, { 1, -1 }, { 2, -1 }, { 3, -1 } }, kept);
        Assert.Equal(1, dropped);
    }

    [Theory]
    [MemberData(nameof(Lowerings))]
    public void ExemptSequencesKeepAllAndTakeTheirPlacesFirst(Lowering lowering)
    {
        // Four sequences of two tokens, all on expert 0: ⌈1·1·8/4⌉ = 2 places. Which are exempt is drawn: looked for are one, and two, of the four.
        var chosen = new int[8, 1];
        var scores = new float[8, 4];
        for (var token = 0; token < 8; token++)
        {
            scores[token, 0] = 0.1f * (token + 1);
        }

        var found = new HashSet<int>();
        for (ulong key = 1; key <= 40; key++)
        {
            var scene = new DropScene(4, chosen) { Factor = 1, Sequence = 2, Scores = scores, Exempt = 0.3, Key = key };
            var random = new GateRandom(scene.Settings, 0, GateStream.ExemptSequence);
            bool[] exempt = [.. Enumerable.Range(0, 4).Select(sequence => random.Uniform(sequence) < 0.3)];
            var (kept, dropped) = scene.Drop(lowering);
            int[] left = [.. Enumerable.Range(0, 8).Where(token => kept[token, 0] == 0)];
            var spared = exempt.Count(each => each);

            // One exempt sequence fills the two places; more of them are over the budget and stay; none leaves the two best tokens, 6 and 7.
            int[] expected = spared == 0 ? [6, 7] : [.. Enumerable.Range(0, 8).Where(token => exempt[token / 2])];
            Assert.Equal(expected, left);
            Assert.Equal(8 - expected.Length, dropped);
            found.Add(spared);
        }

        Assert.Superset(new HashSet<int> { 0, 1, 2 }, found);
    }

    [Fact]
    public void TheLoweringsDropTheSameAmongManyTiesAtAnyNumberOfWorkers()
    {
        var random = new Random(11);
        var count = Workers.Shared.Count;
        try
        {
            for (var trial = 0; trial < 60; trial++)
            {
                var (tokens, slots) = (4 * random.Next(1, 40), random.Next(1, 5));
                var scene = new DropScene(8, Chosen(random, tokens, slots))
                {
                    Factor = 0.25 * random.Next(1, 6),
                    Groups = trial % 3 == 0 ? 8 : 1 << random.Next(0, 4),
                    Sequence = 4,
                    Mask = trial % 2 == 0 ? [.. Enumerable.Range(0, tokens).Select(_ => random.Next(4) > 0)] : null,
                    Scores = trial % 3 == 0 ? null : Levels(random, tokens),
                    Exempt = trial % 5 == 0 && trial % 3 != 0 ? 0.3 : 0,
                    Key = (ulong)trial,
                };
                Workers.Shared.Count = 1;
                var (kept, dropped) = scene.Drop(Lowering.Kernels);
                Workers.Shared.Count = 3;
                foreach (var lowering in new[] { Lowering.Kernels, Lowering.Torch })
                {
                    var again = scene.Drop(lowering);
                    Assert.Equal(kept, again.Kept);
                    Assert.Equal(dropped, again.Dropped);
                }
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    [Fact]
    public unsafe void ASteadyStateAllocatesNothingThatGrowsWithTheBatch()
    {
        const int Tokens = 4096;
        var random = new Random(3);
        var (chosen, scores) = (Chosen(random, Tokens, 2), Levels(random, Tokens));
        using var layer = new DropsByTwoDevices();
        var pass = new Pass<float>(layer, new PassSettings(Tokens, Tokens, Training: true), new Workspace(gates: 1)) { Saved = default, Scratch = default };
        var count = Workers.Shared.Count;
        Workers.Shared.Count = 1; // what this thread allocates is then all
        try
        {
            var buffer = new int[Tokens, 2];
            fixed (int* pointer = buffer)
            fixed (float* values = scores)
            {
                var (kept, matrix) = (new Matrix<int>(pointer, Tokens, 2), new Matrix<float>(values, Tokens, 8));
                long Allocated()
                {
                    Array.Copy(chosen, buffer, chosen.Length);
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    Dropping.ByScore(pass, 0, kept, matrix, 8, 0.5);
                    Dropping.ByPosition(pass, 0, kept, 8, 8, 0.4);
                    return GC.GetAllocatedBytesForCurrentThread() - before;
                }

                Allocated();
                Assert.InRange(Allocated(), 0, 1024); // a closure
            }
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    private static int[] Row(int[,] matrix, int row) => [.. Enumerable.Range(0, matrix.GetLength(1)).Select(column => matrix[row, column])];

    /// <summary>Distinct experts of 8 a token, the lower ones more often; now and then a slot without one.</summary>
    private static int[,] Chosen(Random random, int tokens, int slots)
    {
        var chosen = new int[tokens, slots];
        for (var token = 0; token < tokens; token++)
        {
            var order = Enumerable.Range(0, 8).OrderBy(expert => random.NextDouble() * (expert + 1)).ToArray();
            for (var slot = 0; slot < slots; slot++)
            {
                chosen[token, slot] = random.Next(20) == 0 ? -1 : order[slot];
            }
        }

        return chosen;
    }

    /// <summary>Scores of three levels: nearly all are tied.</summary>
    private static float[,] Levels(Random random, int tokens)
    {
        var scores = new float[tokens, 8];
        for (var token = 0; token < tokens; token++)
        {
            for (var expert = 0; expert < 8; expert++)
            {
                scores[token, expert] = random.Next(3) / 10f;
            }
        }

        return scores;
    }
}
