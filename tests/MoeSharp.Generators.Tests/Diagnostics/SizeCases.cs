namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about sizes: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class SizeCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0101",
            """
            [[|Experts(8, Dim = 64, Hidden = 32)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0101",
            """
            [[|Transformer(Vocab = 256, Dim = 64, Layers = 4)|]]
            [Attention(Heads = 4)]
            public partial class Model;
            """
        },
        {
            "MOE0101",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [[|Attention|]]
            public partial class Model;
            """
        },
        {
            "MOE0101",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [[|Train(Batch = 8)|]]
            public partial class Model;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, Active = 2, Dim = 64, [|Hidden = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts([|0|], Active = 2, Dim = 64, Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts([|count: -8|], Active = 2, Dim = 64, Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, [|Active = 0|], Dim = 64, Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, Active = 2, [|Dim = -64|], Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Transformer([|Vocab = 0|], [|Dim = -1|], [|Layers = 0|], [|Context = 0|])]
            [Attention([|Heads = 0|], [|KvHeads = 0|], [|HeadDim = 0|])]
            [FeedForward([|Hidden = 0|])]
            public partial class Model;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|Groups = 0|], [|TopGroups = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train([|Batch = 0|], [|Steps = 0|], [|Sequence = 0|], [|MicroBatches = 0|], [|LogEvery = 0|])]
            public partial class Model;
            """
        },
        {
            "MOE0103",
            """
            [Experts(8, Active = 2, [|Shared = -1|], Dim = 64, Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0103",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128, [|DenseLayers = -1|])]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            public partial class Model;
            """
        },
        {
            "MOE0103",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 10, [|EvaluateEvery = -1|], [|CheckpointEvery = -1|]), WarmupCosine([|-1|])]
            public partial class Model;
            """
        },
        {
            "MOE0104",
            """
            [[|Experts(8, Active = 2, Hidden = 32)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0105",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32, [|Dim = 128|])]
            public partial class Model;
            """
        },
        {
            "MOE0106",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128, [|DenseLayers = 5|])]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            public partial class Model;
            """
        },
        {
            "MOE0107",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128, [|DenseLayers = 4|])]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            public partial class Model;
            """
        },
        {
            "MOE0108",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128, [|DenseLayers = 1|])]
            [Attention(Heads = 4)]
            public partial class Model;
            """
        },
        {
            "MOE0109",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            [[|FeedForward(Hidden = 192)|]]
            public partial class Model;
            """
        },
        {
            "MOE0110",
            """
            [Experts(8, Active = 2, Dim = 64, [|Hidden = 1000000000|])]
            public partial class Layer;
            """
        },
        {
            "MOE0110",
            """
            [Transformer([|Vocab = 20000000|], [|Dim = 20000000|], [|Layers = 20000000|], [|Context = 20000000|])]
            [Attention([|Heads = 20000000|], KvHeads = 2, [|HeadDim = 20000000|])]
            public partial class Model;
            """
        },
        {
            "MOE0111",
            """
            [[|Experts(1000000, Active = 2, Dim = 65536, Hidden = 65536)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0111",
            """
            [[|Transformer(Vocab = 256, Dim = 1000000, Layers = 1000, Context = 128)|]]
            [Attention(Heads = 4)]
            public partial class Model;
            """
        },
        {
            "MOE0112",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 30, [|Segments = 4|])]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, [|Segments = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0113",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, [|Activation = (ActivationKind)7|])]
            public partial class Layer;
            """
        },
        {
            "MOE0114",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, [|SharedGate = true|])]
            public partial class Layer;
            """
        },
        {
            "MOE0113",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128), Attention(Heads = 4)]
            [FeedForward([|Activation = (ActivationKind)3|])]
            public partial class Model;
            """
        },
        {
            "MOE0110",
            """
            [Experts([|1000000000|], Active = 2, Dim = 64, Hidden = 32, Segments = 16)]
            public partial class Layer;
            """
        },
    };
}
