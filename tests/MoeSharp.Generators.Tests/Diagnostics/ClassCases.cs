namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about the class and its words: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class ClassCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0001",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public class [|Layer|]
            {
            }
            """
        },
        {
            "MOE0002",
            """
            public class Outer
            {
                [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
                public partial class [|Layer|];
            }
            """
        },
        {
            "MOE0003",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial record [|Layer|];
            """
        },
        {
            "MOE0003",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public static partial class [|Layer|];
            """
        },
        {
            "MOE0003",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            file partial class [|Layer|];
            """
        },
        {
            "MOE0004",
            """
            public class Base;

            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial class [|Layer|] : Base;
            """
        },
        {
            "MOE0005",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial class [|Layer|](string label)
            {
                public string Label => label;
            }
            """
        },
        {
            "MOE0006",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial class [|Layer|];

            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            public partial class [|LAYER|];
            """
        },
        {
            "MOE0007",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [[|BalanceBias|]]
            public partial class Model;
            """
        },
        {
            "MOE0007",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)]
            [Attention(Heads = 4)]
            [[|Gate(GateKind.Sigmoid)|]]
            public partial class Model;
            """
        },
        {
            "MOE0007",
            """
            [[|SequenceBalance|], [|ExpertBalance(0.1)|]]
            public class Nothing;
            """
        },
        {
            "MOE0008",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [[|Attention(Heads = 4)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0008",
            """
            [[|FeedForward|]]
            public partial class Nothing;
            """
        },
        {
            "MOE0009",
            """
            [[|Recompute(Block)|]]
            public partial class Nothing;
            """
        },
    };
}
