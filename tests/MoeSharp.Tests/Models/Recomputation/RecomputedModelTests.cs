using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Recomputation;

/// <summary>A model that computes again what another keeps has its numbers, bit for bit: the same operations run on the same operands. There is no tolerance.</summary>
[Collection("Workers")]
public class RecomputedModelTests
{
    private const int Batch = 12;
    private const int Sequence = 16;

    private static readonly Dictionary<string, Func<TransformerModule>[]> s_models = new()
    {
        ["Deep"] = [() => new DeepKept(), () => new DeepActivations(), () => new DeepBlock()],
        ["Noisy"] = [() => new NoisyKept(), () => new NoisyActivations(), () => new NoisyBlock()],
        ["Chance"] = [() => new ChanceKept(), () => new ChanceActivations(), () => new ChanceBlock()],
    };

    public static TheoryData<string, Lowering, ScalarType> OnBoth
    {
        get
        {
            var data = new TheoryData<string, Lowering, ScalarType>();
            foreach (var name in s_models.Keys)
            {
                data.Add(name, Lowering.Kernels, ScalarType.Float32);
                data.Add(name, Lowering.Kernels, ScalarType.Float64);
                data.Add(name, Lowering.Kernels, ScalarType.BFloat16);
                data.Add(name, Lowering.Torch, ScalarType.Float32);
                data.Add(name, Lowering.Torch, ScalarType.Float64);
            }

            return data;
        }
    }

    public static TheoryData<string> Names => [.. s_models.Keys];

    /// <summary>Two steps: the second with the bias that the first one's counts moved.</summary>
    [Theory]
    [MemberData(nameof(OnBoth))]
    public void StepsAreTheSame(string name, Lowering lowering, ScalarType type)
    {
        var runs = s_models[name].Select(create => Steps(create, lowering, type)).ToList();
        Assert.All(runs.Skip(1), run => AssertSame(runs[0], run));
    }

    [Theory]
    [MemberData(nameof(OnBoth))]
    public void UnderAutogradTheyAreTheSame(string name, Lowering lowering, ScalarType type)
    {
        var runs = s_models[name].Select(create => Autograd(create, lowering, type)).ToList();
        Assert.All(runs.Skip(1), run => AssertSame(runs[0], run));
    }

    /// <summary>Something is there to be the same: the gates choose unevenly, where there is a capacity pairs are dropped, and noise changes the next pass.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheModelsDoWhatTheyDeclare(string name)
    {
        var run = Steps(s_models[name][2], Lowering.Kernels, ScalarType.Float32);
        Assert.All(run.Loads, load => Assert.True(load.MaxVio > 0 && load.Losses.Count > 0));
        Assert.Equal(name != "Deep", run.Loads.All(load => load.Dropped > 0));
        Assert.NotEqual(run.Results[0].LossSum, run.Results[1].LossSum);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ABackwardAtAnyNumberOfWorkersIsTheSame(string name)
    {
        var count = Workers.Shared.Count;
        try
        {
            var runs = new List<Run>();
            foreach (var workers in new[] { 1, 2, 3 })
            {
                Workers.Shared.Count = workers;
                runs.Add(Steps(s_models[name][2], Lowering.Kernels, ScalarType.Float32));
            }

            Assert.All(runs.Skip(1), run => AssertSame(runs[0], run));
        }
        finally
        {
            Workers.Shared.Count = count;
        }
    }

    /// <summary>The arena of a step, as the plan has it.</summary>
    [Fact]
    public void MoreRecomputationIsLessMemory()
    {
        Assert.True(DeepKept.Card.ActivationBytes > DeepActivations.Card.ActivationBytes);
        Assert.True(DeepActivations.Card.ActivationBytes > DeepBlock.Card.ActivationBytes);
        Assert.True(NoisyKept.Card.ActivationBytes > NoisyActivations.Card.ActivationBytes);
        Assert.True(NoisyActivations.Card.ActivationBytes > NoisyBlock.Card.ActivationBytes);
    }

    private static Run Steps(Func<TransformerModule> create, Lowering lowering, ScalarType type)
    {
        using var model = Filled.Of(create, lowering, type);
        List<StepResult> results = [model.Step(Windows(1), Batch, 0.01, 1)];
        model.UpdateBalance();
        results.Add(model.Step(Windows(1), Batch, 0.01, 0.5));
        return new Run(results, [model.Parameters.Gradient.bytes.ToArray()], model.Loads);
    }

    private static Run Autograd(Func<TransformerModule> create, Lowering lowering, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var model = Filled.Of(create, lowering, type);
        var ids = tensor(Windows(2).Select(id => (long)id).ToArray()).view(Batch, Sequence + 1);

        // Two forwards, the later of which goes backward first; the graph of the other is gone through twice. The bias moves in between.
        var first = model.forward(ids.narrow(1, 0, Sequence));
        var second = model.forward(ids.narrow(1, 1, Sequence));
        var loads = model.Loads;
        model.UpdateBalance();
        second.square().mean().backward();
        var loss = first.square().mean();
        loss.backward(retain_graph: true);
        loss.backward();
        Assert.All(model.Loads, load => Assert.Equal(0, load.Counts.Sum()));
        return new Run([], [.. model.parameters().Select(parameter => parameter.grad!.contiguous().bytes.ToArray()), first.bytes.ToArray()], loads);
    }

    private static int[] Windows(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Batch * (Sequence + 1)).Select(_ => random.Next(17))];
    }

    private static void AssertSame(Run expected, Run actual)
    {
        Assert.Equal(expected.Results, actual.Results);
        Assert.Equal(expected.Numbers, actual.Numbers);
        Assert.Equal(expected.Loads.Count, actual.Loads.Count);
        foreach (var (one, other) in expected.Loads.Zip(actual.Loads))
        {
            Assert.Equal(one.Counts, other.Counts);
            Assert.Equal((one.Entropy, one.Dropped), (other.Entropy, other.Dropped));
            Assert.Equal(one.Losses, other.Losses);
        }
    }

    private sealed record Run(List<StepResult> Results, List<byte[]> Numbers, IReadOnlyList<ExpertLoad> Loads);
}
