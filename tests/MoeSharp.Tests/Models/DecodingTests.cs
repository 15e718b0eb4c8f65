using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>Decoding with a cache of keys and values gives what computing the whole context anew gives.</summary>
public class DecodingTests
{
    private static readonly ScalarType[] s_types = [ScalarType.Float64, ScalarType.Float32];

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void TheLogitsAreThoseOfTheWholeContext(string name, Lowering lowering)
    {
        foreach (var type in s_types)
        {
            using var model = Model(name, type, lowering);
            using var decoder = model.Decode();
            var ids = Ids(model, 3 * model.Description.Context);

            // Two tokens at once, then one by one: to the end of the context, and as far again with the window that moves on.
            decoder.Start(0, ids.AsSpan(0, 2));
            for (var length = 2; length < ids.Length; length++)
            {
                Near(Whole(model, ids[..length]), decoder.Logits(0), lowering, type);
                decoder.Append([ids[length]]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void SequencesSideBySideAreWhatEachIsAlone(string name, Lowering lowering)
    {
        using var model = Model(name, ScalarType.Float64, lowering);
        var context = model.Description.Context;
        int[][] prompts = [Ids(model, 1), Ids(model, context + 2), Ids(model, 3), Ids(model, context - 1), Ids(model, 2)];
        using var decoder = model.Decode(prompts.Length);
        for (var sequence = 0; sequence < prompts.Length; sequence++)
        {
            decoder.Start(sequence, prompts[sequence]);
        }

        for (var step = 0; step < context + 2; step++)
        {
            int[] next = [.. prompts.Select((_, sequence) => (step + (3 * sequence)) % model.Description.Vocab)];
            decoder.Append(next);
            for (var sequence = 0; sequence < prompts.Length; sequence++)
            {
                prompts[sequence] = [.. prompts[sequence], next[sequence]];
                Near(Whole(model, prompts[sequence]), decoder.Logits(sequence), lowering, ScalarType.Float64);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelCase.OnBoth), MemberType = typeof(ModelCase))]
    public void GreedySamplesAreThoseOfTheWholeContext(string name, Lowering lowering)
    {
        using var model = Model(name, ScalarType.Float64, lowering);
        var count = 2 * model.Description.Context;
        int[][] prompts = [[1, 2, 3], [4], [.. Ids(model, 2 * model.Description.Context)]];
        var together = model.Generate(prompts, count, 0, new Random(1));
        for (var sequence = 0; sequence < prompts.Length; sequence++)
        {
            var expected = new List<int>(prompts[sequence]);
            for (var step = 0; step < count; step++)
            {
                var logits = Whole(model, [.. expected]);
                expected.Add(Array.IndexOf(logits, logits.Max()));
            }

            Assert.Equal(expected[prompts[sequence].Length..], model.Generate(prompts[sequence], count, 0, new Random(1)));
            Assert.Equal(expected[prompts[sequence].Length..], together[sequence]);
        }
    }

    // Blocks of 32 queries and of 128 keys end inside: the sums of a row must be cut where they always are.
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(130)]
    public void ALongContextHasTheSameBits(int prompt)
    {
        foreach (var type in s_types)
        {
            using var model = new LongModel();
            model.to(type);
            Draw.Fill(model, 4);
            var ids = Ids(model, 200);
            using var decoder = model.Decode();
            decoder.Start(0, ids.AsSpan(0, prompt));
            for (var length = prompt; length < ids.Length; length++)
            {
                decoder.Append([ids[length]]);
                if (length % 32 == 31 || length % 19 == 0)
                {
                    Assert.Equal(Whole(model, ids[..(length + 1)]), decoder.Logits(0).ToArray());
                }
            }
        }
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void NoCounterAndNoWeightMoves(Lowering lowering)
    {
        using var model = Model(nameof(SparseModel), ScalarType.Float32, lowering);
        model.train();
        var before = model.Parameters.Weights.bytes.ToArray();
        model.Generate([1, 2], 12, 0.7, new Random(2));
        Assert.All(model.Loads, load => Assert.All(load.Counts, count => Assert.Equal(0, count)));
        Assert.Equal(0, model.BalanceLoss);
        Assert.Equal(before, model.Parameters.Weights.bytes.ToArray());
    }

    [Fact]
    public void ATokenAllocatesLittle()
    {
        using var model = new LongModel();
        using var decoder = model.Decode();
        decoder.Start(0, [1]);
        var random = new Random(1);
        Token(40);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Token(100);

        // Names of the weights, descriptions of the pass and of its tasks: some 13 kB. Keys and values copied would be 50 kB a layer.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 100, 0, 20_000);

        void Token(int count)
        {
            for (var i = 0; i < count; i++)
            {
                decoder.Append([Sampling.Draw(decoder.Logits(0), 1, random)]);
            }
        }
    }

    [Fact]
    public void WrongCallsAreToldApart()
    {
        using var model = new DenseModel();
        using var decoder = model.Decode(2);
        Assert.Contains("Start(1, ids) first", Assert.Throws<InvalidOperationException>(() => decoder.Logits(1).Length).Message);
        Assert.Contains("at least one token", Assert.Throws<ArgumentException>(() => decoder.Start(0, [])).Message);
        Assert.Contains("0 to 12", Assert.Throws<ArgumentException>(() => decoder.Start(0, [13])).Message);
        Assert.Contains("sequences 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => decoder.Start(2, [1])).Message);
        decoder.Start(0, [1]);
        Assert.Throws<InvalidOperationException>(() => decoder.Append([1, 1]));
        decoder.Start(1, [1]);
        Assert.Contains("2 sequences takes one id", Assert.Throws<ArgumentException>(() => decoder.Append([1])).Message);
        Assert.Throws<ArgumentException>(() => decoder.Append([1, -1]));
        model.to(ScalarType.Float64);
        Assert.Contains("Call Decode again", Assert.Throws<InvalidOperationException>(() => decoder.Append([1, 1])).Message);
        decoder.Dispose();
        Assert.Throws<ObjectDisposedException>(() => decoder.Start(0, [1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Decode(0));
        Assert.Throws<ArgumentException>(() => model.Generate(new int[][] { [1], [] }, 1, 0, new Random(1)));
    }

    private static TransformerModule Model(string name, ScalarType type, Lowering lowering)
    {
        var model = ModelCase.All[name].Create();
        model.to(type);
        model.Lowering = lowering;
        Draw.Fill(model, 3);
        model.eval();
        return model;
    }

    private static int[] Ids(TransformerModule model, int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(model.Description.Vocab))];
    }

    /// <summary>The logits after the last of the ids: a forward over the last Context of them.</summary>
    private static double[] Whole(TransformerModule model, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] context = [.. ids.TakeLast(model.Description.Context).Select(id => (long)id)];
        using var input = tensor(context);
        return model.forward(input)[context.Length - 1].to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    // The kernels compute a row by itself: the same bits. libtorch's products sum in another order when there are fewer rows.
    private static void Near(double[] expected, ReadOnlySpan<double> actual, Lowering lowering, ScalarType type)
    {
        if (lowering == Lowering.Kernels)
        {
            Assert.Equal(expected, actual.ToArray());
            return;
        }

        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], type == ScalarType.Float64 ? 1e-11 : 1e-4);
        }
    }
}
