using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Published models, declared in the language's words, have exactly the parameters of their weight files.</summary>
public sealed class CardTests
{
    private const string Mixtral = """
        [Transformer(Vocab = 32000, Dim = 4096, Layers = 32, Context = 32768)]
        [Attention(Heads = 32, KvHeads = 8, HeadDim = 128, RopeTheta = 1e6)]
        [Experts(8, Active = 2, Hidden = 14336), Gate(Softmax, Normalize = true)]
        public partial class Mixtral;
        """;

    private const string DeepSeekMoe = """
        [Transformer(Vocab = 102400, Dim = 2048, Layers = 28, DenseLayers = 1, Context = 4096)]
        [Attention(Heads = 16), FeedForward(Hidden = 10944)]
        [Experts(64, Active = 6, Shared = 2, Hidden = 1408)]
        public partial class DeepSeekMoe;
        """;

    private const string OlMoe = """
        [Transformer(Vocab = 50304, Dim = 2048, Layers = 16, Context = 4096)]
        [Attention(Heads = 16)]
        [Experts(64, Active = 8, Hidden = 1024)]
        public partial class OlMoe;
        """;

    /// <summary>OLMoE's norms of queries and keys, over the whole width, which the language has no word for yet: two a layer.</summary>
    private const long OlMoeHeadNorms = 16 * 2 * 2048;

    [Theory]
    [InlineData(Mixtral, 46_702_792_704, 12_879_925_248, 12_748_853_248)]
    [InlineData(DeepSeekMoe, 16_375_728_128, 2_828_650_496, 2_618_935_296)]
    [InlineData(OlMoe, 6_919_161_856 - OlMoeHeadNorms, 1_282_017_280 - OlMoeHeadNorms, 1_178_994_688 - OlMoeHeadNorms)]
    public void A_published_model_has_its_published_size(string source, long parameters, long active, long withoutEmbedding)
    {
        ModelSpec spec = Declared.Spec(source);
        CardFigures card = CardFigures.Of(spec, Planned(spec));

        Assert.Equal(parameters, card.Parameters);
        Assert.Equal(active, card.Active);
        Assert.Equal(withoutEmbedding, card.Active - ((long)spec.Transformer!.Vocab * spec.Transformer.Dim));
    }

    /// <summary>A bias an expert, in each of the 27 layers that have experts; every token's selection looks at all of them.</summary>
    [Fact]
    public void A_declared_balance_bias_counts()
    {
        CardFigures without = Card(DeepSeekMoe);
        CardFigures with = Card("[BalanceBias]" + DeepSeekMoe);

        Assert.Equal(27 * 64, with.Parameters - without.Parameters);
        Assert.Equal(27 * 64, with.Active - without.Active);
        Assert.Equal(without.FlopsPerToken, with.FlopsPerToken);
    }

    /// <summary>Qwen2-MoE's gate of the shared experts is one row of the width, in each of the 27 layers that have experts.</summary>
    [Fact]
    public void A_shared_gate_counts()
    {
        CardFigures without = Card(DeepSeekMoe);
        CardFigures with = Card(DeepSeekMoe.Replace("Shared = 2", "Shared = 2, SharedGate = true"));

        Assert.Equal(27 * 2048, with.Parameters - without.Parameters);
        Assert.Equal(27 * 2048, with.Active - without.Active);
        Assert.Equal(6 * 27 * 2048, with.FlopsPerToken - without.FlopsPerToken);
    }

    /// <summary>An expert's biases are as wide as what its maps make; a token meets those of 6 experts and of the shared network.</summary>
    [Fact]
    public void Biases_count_and_are_no_products()
    {
        CardFigures without = Card(DeepSeekMoe);
        CardFigures with = Card(DeepSeekMoe.Replace("Shared = 2", "Shared = 2, Bias = true"));
        const long Shared = (2 * 2 * 1408) + 2048, Expert = (2 * 1408) + 2048;

        Assert.Equal(27 * (Shared + (64 * Expert)), with.Parameters - without.Parameters);
        Assert.Equal(27 * (Shared + (6 * Expert)), with.Active - without.Active);
        Assert.Equal(without.FlopsPerToken, with.FlopsPerToken);
    }

    /// <summary>Two matrices an expert instead of three.</summary>
    [Theory]
    [InlineData("Gelu")]
    [InlineData("Relu")]
    public void An_expert_of_two_matrices_is_a_third_smaller(string activation)
    {
        CardFigures three = Card(Mixtral);
        CardFigures two = Card(Mixtral.Replace("Hidden = 14336", $"Hidden = 14336, Activation = {activation}"));

        Assert.Equal(32L * 8 * 4096 * 14336, three.Parameters - two.Parameters);
        Assert.Equal(32L * 2 * 4096 * 14336, three.Active - two.Active);
    }

    /// <summary>
    /// Eight experts of 3·64·32, two met: beside them 8·64 of a router; as much again for noise; 16·64 + 8·16 + 8 for two layers with a noise of each expert; 4·8·64
    /// for four sub-scores. An expert choice of 1.5 meets one and a half. A number that stands in no product costs none.
    /// </summary>
    [Theory]
    [InlineData("Softmax", 49_152 + 512, 12_288 + 512, 6 * (12_288 + 512))]
    [InlineData("NoisyTopK, Jitter = 0.1", 49_152 + 1_024, 12_288 + 1_024, 6 * (12_288 + 1_024))]
    [InlineData("TwoLayer, Hidden = 16, LearnedNoise = true", 49_152 + 1_160, 12_288 + 1_160, 6 * (12_288 + 1_152))]
    [InlineData("SubExpert, SubScores = 4", 49_152 + 2_048, 12_288 + 2_048, 6 * (12_288 + 2_048))]
    [InlineData("ExpertChoice, CapacityFactor = 1.5", 49_152 + 512, 9_216 + 512, 6 * (9_216 + 512))]
    public void Each_gate_counts_its_own_weights(string gate, long parameters, long active, long flops)
    {
        CardFigures card = Card($"[Experts(8, Active = 2, Dim = 64, Hidden = 32), Gate({gate})] public partial class Layer;");

        Assert.Equal((parameters, active, flops), (card.Parameters, card.Active, card.FlopsPerToken));
    }

    [Fact]
    public void A_tied_head_is_a_product_and_no_parameter()
    {
        CardFigures untied = Card(OlMoe);
        CardFigures tied = Card(OlMoe.Replace("Context = 4096", "Context = 4096, TieEmbeddings = true"));

        Assert.Equal(50304L * 2048, untied.Parameters - tied.Parameters);
        Assert.Equal(untied.FlopsPerToken, tied.FlopsPerToken);
    }

    /// <summary>
    /// 6 a weight of a product: forward, and twice that backward. Mixtral's weights in products are what is active without the embedding and the 65 norms;
    /// attention looks at half of the context on average, 2 products of 2·16384·4096 forward a layer.
    /// </summary>
    [Fact]
    public void Flops_are_six_a_weight_and_the_attention()
    {
        const long Norms = 65 * 4096;

        Assert.Equal((6 * (12_748_853_248 - Norms)) + (3L * 32 * 2 * 2 * 16384 * 4096), Card(Mixtral).FlopsPerToken);
    }

    [Fact]
    public void The_emitted_card_says_the_same() =>
        Assert.Contains("Parameters = 46_702_792_704,", Compile.Generate(Mixtral)["Mixtral.g.cs"]);

    private static CardFigures Card(string source)
    {
        ModelSpec spec = Declared.Spec(source);
        return CardFigures.Of(spec, Planned(spec));
    }

    private static TensorProgram Planned(ModelSpec spec) => Plan.Run(Fuse.Run(Differentiate.Run(Lower.Run(spec))));
}
