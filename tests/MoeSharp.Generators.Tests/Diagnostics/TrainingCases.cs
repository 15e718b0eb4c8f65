namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about training: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class TrainingCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0501",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [[|Train(Batch = 8, Steps = 1000)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0501",
            """
            [[|AdamW|], [|WarmupCosine(10)|], [|ClipGradients|]]
            public partial class Nothing;
            """
        },
        {
            "MOE0502",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [[|AdamW(0.0003)|]]
            public partial class Model;
            """
        },
        {
            "MOE0502",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [[|WarmupCosine(10)|], [|ClipGradients|]]
            public partial class Model;
            """
        },
        {
            "MOE0503",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|-0.0003|])]
            public partial class Model;
            """
        },
        {
            "MOE0503",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|Epsilon = 0|]), ClipGradients([|0|])]
            public partial class Model;
            """
        },
        {
            "MOE0504",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|WeightDecay = -0.1|])]
            public partial class Model;
            """
        },
        {
            "MOE0505",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|Beta2 = 1|])]
            public partial class Model;
            """
        },
        {
            "MOE0505",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|Beta1 = -0.1|])]
            public partial class Model;
            """
        },
        {
            "MOE0506",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000, [|MicroBatches = 3|])]
            public partial class Model;
            """
        },
        {
            "MOE0507",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000, [|Sequence = 256|])]
            public partial class Model;
            """
        },
        {
            "MOE0508",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), WarmupCosine([|1000|])]
            public partial class Model;
            """
        },
        {
            "MOE0509",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), WarmupCosine(100, [|Minimum = 3|])]
            public partial class Model;
            """
        },
        {
            "MOE0509",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), WarmupCosine(100, [|Minimum = double.NaN|])]
            public partial class Model;
            """
        },
        {
            "MOE0510",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000), AdamW([|3|])]
            public partial class Model;
            """
        },
        {
            "MOE0511",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train([|Batch = 20000000|], Steps = 1000)]
            public partial class Model;
            """
        },
        {
            "MOE0512",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Train(Batch = 8, Steps = 1000, [|Precision = (Precision)16|])]
            public partial class Model;
            """
        },
        {
            "MOE0513",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [Recompute([|(RecomputeKind)3|])]
            public partial class Model;
            """
        },
        {
            "MOE0514",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Recompute([|Activations|])]
            public partial class Layer;
            """
        },
    };
}
