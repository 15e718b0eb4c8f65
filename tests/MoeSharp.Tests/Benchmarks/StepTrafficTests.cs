using MoeSharp.Benchmarks.SideBySide.Work;
using Xunit;

namespace MoeSharp.Tests.Benchmarks;

/// <summary>The bytes that the side by side takes for those that pass between a step's products, counted by hand for a small model.</summary>
public class StepTrafficTests
{
    // Queries 4 wide, keys and values 2 each, so qkv is 8.
    private static readonly StepTraffic s_model = new(
        Vocab: 5, Dim: 4, Layers: 0, DenseLayers: 0, Heads: 2, KvHeads: 1, HeadDim: 2, DenseHidden: 3, Experts: 3, Active: 2, SharedHidden: 2, Hidden: 2);

    [Fact]
    public void TheEndsOfAModel()
    {
        // The embedding's id and row, the norm's row and 1/rms, the loss's target, the norm's upstream gradient, row and 1/rms, the embedding's gradient.
        long expected = (1 + 4 + 4) + (4 + 4 + 1) + (5 + 1 + 5) + (4 + 4 + 1 + 4) + (1 + 4 + 4 + 4);
        Assert.Equal(4 * 7 * expected, s_model.Bytes(tokens: 7, parameters: 0));
    }

    [Fact]
    public void ADenseLayer()
    {
        long attention = (4 + 4 + 1) + (6 + 6) + (8 + 4 + 2) + (4 + 4 + 4 + 4 + 1);
        long attentionBackward = (4 + 4 + 4 + 1 + 4) + (8 + 4 + 4 + 2 + 8) + (6 + 6) + (4 + 4 + 4 + 1 + 4);
        long network = (6 + 3) + (4 + 4 + 4) + (3 + 6 + 6);
        Assert.Equal(4 * 7 * (attention + attentionBackward + network), OfALayer(s_model with { Layers = 1, DenseLayers = 1 }));
    }

    [Fact]
    public void AMixtureInADenseLayersPlace()
    {
        // Logits, scores, weights and experts; the shared expert; twice the plan's sort; two rows a token gathered, activated and summed with two others, backward where the norm reads a token.
        long forward = (3 + 3 + 2 + 2) + (4 + 2) + (4 + 6) + (2 + 8 + 8) + (8 + 4) + (8 + 2 + 2 + 4 + 4 + 4);
        long backward = (4 + 6) + (2 * (2 + 8 + 8)) + (2 * ((4 + 2 + 3) + (4 + 2 + 1))) + (2 + 8) + (2 + 4 + 4) + (2 + 3 + 2 + 3);
        long network = (6 + 3) + (4 + 4 + 4) + (3 + 6 + 6);
        var dense = s_model with { Layers = 1, DenseLayers = 1 };
        Assert.Equal(4 * 7 * (forward + backward - network), OfALayer(dense with { DenseLayers = 0 }) - OfALayer(dense));
    }

    [Fact]
    public void TheOptimiserReadsFourBuffersAndWritesThemAndTheNormReadsOne() => Assert.Equal((16 + 16 + 4) * 10, s_model.Bytes(tokens: 0, parameters: 10));

    private static long OfALayer(StepTraffic model) => model.Bytes(7, 0) - s_model.Bytes(7, 0);
}
