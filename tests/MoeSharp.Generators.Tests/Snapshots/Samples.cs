namespace MoeSharp.Generators.Tests.Snapshots;

/// <summary>The declarations whose generated code is reviewed: every gate, with and without shared experts and balance losses, and models, some of them recomputed.</summary>
internal static class Samples
{
    /// <summary>Source by the class's name; a name given twice throws.</summary>
    public static readonly IReadOnlyDictionary<string, string> Sources = new Dictionary<string, string>
    {
        {
            "SoftmaxLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial class SoftmaxLayer;
            """
        },
        {
            "NormalizedLayer", """
            [Experts(8, Active = 2, Shared = 1, Dim = 64, Hidden = 32)]
            [Gate(Softmax, Normalize = true, Scale = 1.5)]
            [ExpertBalance(0.001)]
            public partial class NormalizedLayer;
            """
        },
        {
            "SigmoidLayer", """
            [Experts(16, Active = 4, Shared = 2, Dim = 64, Hidden = 192)]
            [Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
            [BalanceBias]
            [SequenceBalance(0.0001)]
            public partial class SigmoidLayer;
            """
        },
        {
            "GroupedLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [Gate(Softmax, Groups = 4, TopGroups = 2, Scale = 16)]
            [SequenceBalance(0.0001), ExpertBalance(0.003)]
            public partial class GroupedLayer;
            """
        },
        {
            "GeluLayer", """
            [Experts(8, Active = 2, Shared = 1, Dim = 64, Hidden = 32, Activation = Gelu, Bias = true)]
            public partial class GeluLayer;
            """
        },
        {
            "DeepSeekMoeLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [DeepSeekMoe]
            public partial class DeepSeekMoeLayer;
            """
        },
        {
            "DeepSeekV2Layer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [DeepSeekV2]
            public partial class DeepSeekV2Layer;
            """
        },
        {
            "DeepSeekV3Layer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [DeepSeekV3]
            public partial class DeepSeekV3Layer;
            """
        },
        {
            "MixtralLayer", """
            [Experts(16, Active = 2, Dim = 64, Hidden = 32)]
            [Mixtral]
            public partial class MixtralLayer;
            """
        },
        {
            "SwitchRecipeLayer", """
            [Experts(16, Active = 1, Dim = 64, Hidden = 32)]
            [Switch]
            public partial class SwitchRecipeLayer;
            """
        },
        {
            "GShardLayer", """
            [Experts(16, Active = 2, Dim = 64, Hidden = 32)]
            [GShard]
            public partial class GShardLayer;
            """
        },
        {
            "OlMoeLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [OlMoe]
            public partial class OlMoeLayer;
            """
        },
        {
            "Qwen3MoeLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [Qwen3Moe]
            public partial class Qwen3MoeLayer;
            """
        },
        {
            "QwenLayer", """
            [Experts(8, Active = 2, Shared = 1, SharedGate = true, Dim = 64, Hidden = 32)]
            public partial class QwenLayer;
            """
        },
        {
            "SegmentedLayer", """
            [Experts(4, Active = 1, Shared = 1, Dim = 64, Hidden = 96, Segments = 4, Activation = Relu)]
            public partial class SegmentedLayer;
            """
        },
        {
            "NoisyLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(NoisyTopK, Jitter = 0.01)]
            public partial class NoisyLayer;
            """
        },
        {
            "TwoLayerLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(TwoLayer, Hidden = 16, LearnedNoise = true)]
            public partial class TwoLayerLayer;
            """
        },
        {
            "SubExpertLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(SubExpert, SubScores = 4)]
            [ExpertBalance(0.001)]
            public partial class SubExpertLayer;
            """
        },
        {
            "ExpertChoiceLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(ExpertChoice, CapacityFactor = 1.5)]
            public partial class ExpertChoiceLayer;
            """
        },
        {
            "JitterLayer", """
            [Experts(8, Active = 1, Dim = 64, Hidden = 32)]
            [Gate(Softmax, Jitter = 0.01)]
            public partial class JitterLayer;
            """
        },
        {
            "RandomSecondLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(Softmax, SecondExpert = SecondExpert.Random)]
            public partial class RandomSecondLayer;
            """
        },
        {
            "BalancedLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32, Devices = 8)]
            [Gate(Softmax, Groups = 8, TopGroups = 3)]
            [ExpertBalance(0.003, PerSequence = true), DeviceBalance(PerSequence = true), CommunicationBalance(PerSequence = true)]
            [SwitchBalance(FirstChoice = true), ImportanceLoss, UsageDeviation, RouterZLoss]
            [BalanceBias(Update = MeanCentred, Until = 1000)]
            public partial class BalancedLayer;
            """
        },
        {
            "PooledTransformer", """
            [Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 128)]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 48)]
            [Gate(Softmax, Normalize = true)]
            [SwitchBalance(0.02, Dialect = HuggingFace), RouterZLoss]
            public partial class PooledTransformer;
            """
        },
        {
            "CapacityLayer", """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(Softmax, Normalize = true)]
            [Capacity(1.25)]
            public partial class CapacityLayer;
            """
        },
        {
            "SwitchLayer", """
            [Experts(8, Active = 1, Shared = 1, Dim = 64, Hidden = 32)]
            [Capacity(1.25, By = Position)]
            public partial class SwitchLayer;
            """
        },
        {
            "DeviceCapacityLayer", """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [Gate(Softmax, Groups = 4, TopGroups = 2, Scale = 16)]
            [DeviceCapacity(Devices = 4)]
            public partial class DeviceCapacityLayer;
            """
        },
        {
            "SmallTransformer", """
            [Transformer(Vocab = 256, Dim = 64, Layers = 3, DenseLayers = 1, Context = 128)]
            [Attention(Heads = 4, KvHeads = 2, HeadDim = 16, RopeTheta = 10000)]
            [FeedForward(Hidden = 192)]
            [Experts(8, Active = 2, Shared = 1, Hidden = 48)]
            [Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
            [BalanceBias(Rate = 0.001)]
            [SequenceBalance(0.0001), ExpertBalance(0.001)]
            [Train(Batch = 8, Steps = 100, Seed = 7, MicroBatches = 2), AdamW(3e-4, WeightDecay = 0.1), WarmupCosine(10), ClipGradients(1.0)]
            public partial class SmallTransformer;
            """
        },
        {
            "ActivationsTransformer", """
            [Transformer(Vocab = 256, Dim = 64, Layers = 3, DenseLayers = 1, Context = 128)]
            [Attention(Heads = 4, KvHeads = 2, HeadDim = 16, RopeTheta = 10000)]
            [FeedForward(Hidden = 192)]
            [Experts(8, Active = 2, Shared = 1, Hidden = 48)]
            [Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
            [BalanceBias(Rate = 0.001)]
            [SequenceBalance(0.0001), ExpertBalance(0.001)]
            [Recompute(Activations)]
            public partial class ActivationsTransformer;
            """
        },
        {
            "BlockTransformer", """
            [Transformer(Vocab = 256, Dim = 64, Layers = 3, DenseLayers = 1, Context = 128)]
            [Attention(Heads = 4, KvHeads = 2, HeadDim = 16, RopeTheta = 10000)]
            [FeedForward(Hidden = 192)]
            [Experts(8, Active = 2, Shared = 1, Hidden = 48)]
            [Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
            [BalanceBias(Rate = 0.001)]
            [SequenceBalance(0.0001), ExpertBalance(0.001)]
            [Recompute(Block)]
            public partial class BlockTransformer;
            """
        },
        {
            "BlockLayer", """
            [Experts(8, Active = 2, Shared = 1, Dim = 64, Hidden = 32)]
            [Gate(Softmax, SecondExpert = SecondExpert.Random, Jitter = 0.01)]
            [Capacity(1.25), ExpertBalance(0.001)]
            [Recompute(Block)]
            public partial class BlockLayer;
            """
        },
        {
            "TiedTransformer", """
            [Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 128, TieEmbeddings = true)]
            [Attention(Heads = 4)]
            public partial class TiedTransformer;
            """
        },
    };

    /// <summary>A declaration with an error: more active experts than there are.</summary>
    public const string WithAnError = """
        [Experts(8, Active = 9, Dim = 64, Hidden = 32)]
        public partial class WithAnError;
        """;

    public static TheoryData<string> Names => [.. Sources.Keys];
}
