namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about attention: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class AttentionCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0301",
            """
            [[|Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)|]]
            public partial class Model;
            """
        },
        {
            "MOE0302",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention([|Heads = 6|])]
            public partial class Model;
            """
        },
        {
            "MOE0302",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention([|Heads = 6|], KvHeads = 2)]
            public partial class Model;
            """
        },
        {
            "MOE0303",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4, [|KvHeads = 3|])]
            public partial class Model;
            """
        },
        {
            "MOE0303",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4, [|KvHeads = 8|])]
            public partial class Model;
            """
        },
        {
            "MOE0304",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4, [|HeadDim = 15|])]
            public partial class Model;
            """
        },
        {
            "MOE0304",
            """
            [Transformer(Vocab = 256, Dim = 60, Layers = 4, Context = 128)]
            [Attention([|Heads = 4|])]
            public partial class Model;
            """
        },
        {
            "MOE0305",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4, [|RopeTheta = 0|])]
            public partial class Model;
            """
        },
    };
}
