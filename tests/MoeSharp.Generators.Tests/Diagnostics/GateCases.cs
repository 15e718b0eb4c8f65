namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about gate and groups: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class GateCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0201",
            """
            [Experts(8, [|Active = 9|], Dim = 64, Hidden = 32)]
            public partial class Layer;
            """
        },
        {
            "MOE0202",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax)]
            [[|Gate(GateKind.Sigmoid)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0203",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|Groups = 3|], TopGroups = 1)]
            public partial class Layer;
            """
        },
        {
            "MOE0204",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, Groups = 2, [|TopGroups = 3|])]
            public partial class Layer;
            """
        },
        {
            "MOE0205",
            """
            [Experts(8, [|Active = 3|], Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, Groups = 4, TopGroups = 1)]
            public partial class Layer;
            """
        },
        {
            "MOE0206",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|Groups = 8|], TopGroups = 4)]
            [BalanceBias]
            public partial class Layer;
            """
        },
        {
            "MOE0206",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|Groups = 8|], TopGroups = 4)]
            [BalanceBias]
            public partial class Layer;
            """
        },
        {
            "MOE0207",
            """
            [Experts(8, [|Active = 1|], Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid)]
            public partial class Layer;
            """
        },
        {
            "MOE0207",
            """
            [Experts(8, Active = 1, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|Normalize = true|])]
            public partial class Layer;
            """
        },
        {
            "MOE0208",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|Groups = 4|])]
            public partial class Layer;
            """
        },
        {
            "MOE0208",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, Groups = 4, [|TopGroups = 4|])]
            public partial class Layer;
            """
        },
        {
            "MOE0209",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|Scale = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0209",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|Scale = double.NaN|])]
            public partial class Layer;
            """
        },
        {
            "MOE0210",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate([|(GateKind)7|])]
            public partial class Layer;
            """
        },
        {
            "MOE0210",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, Groups = 4, TopGroups = 2, [|GroupScore = (GroupScore)5|])]
            public partial class Layer;
            """
        },
        {
            "MOE0206",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, Groups = 8, TopGroups = 4, [|GroupScore = GroupScore.SumOfTwoBest|])]
            public partial class Layer;
            """
        },
        {
            "MOE0211",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.ExpertChoice, [|Groups = 4|], [|TopGroups = 2|])]
            public partial class Layer;
            """
        },
        {
            "MOE0207",
            """
            [Experts(8, [|Active = 1|], Dim = 64, Hidden = 32)]
            [Gate(GateKind.NoisyTopK)]
            public partial class Layer;
            """
        },
        {
            "MOE0211",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|SubScores = 4|])]
            public partial class Layer;
            """
        },
        {
            "MOE0212",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|Jitter = 1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0213",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Sigmoid, [|GroupScore = GroupScore.SumOfTwoBest|])]
            public partial class Layer;
            """
        },
        {
            "MOE0214",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32)]
            [Gate([|GateKind.NoisyTopK|])]
            public partial class Layer;
            """
        },
        {
            "MOE0215",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.SubExpert, [|SubScores = 1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0216",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.SubExpert, SubScores = 4, [|SubScoreMerge = SubScoreMerge.Mean|])]
            public partial class Layer;
            """
        },
        {
            "MOE0217",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 128), Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            [Gate([|GateKind.ExpertChoice|])]
            public partial class Layer;
            """
        },
        {
            "MOE0218",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.ExpertChoice, [|CapacityFactor = 8|])]
            public partial class Layer;
            """
        },
        {
            "MOE0219",
            """
            [Experts(8, Active = 3, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|SecondExpert = SecondExpert.Random|])]
            public partial class Layer;
            """
        },
        {
            "MOE0220",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.Softmax, [|Normalize = false|], SecondExpert = SecondExpert.Random)]
            public partial class Layer;
            """
        },
        {
            "MOE0221",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.ExpertChoice)]
            [[|BalanceBias|]]
            public partial class Layer;
            """
        },
        {
            // The loss is the recipe's.
            "MOE0221",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Mixtral, Gate(GateKind.ExpertChoice)]
            public partial class [|Layer|];
            """
        },
        {
            "MOE0214",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32)]
            [Gate(GateKind.TwoLayer, [|LearnedNoise = true|])]
            public partial class Layer;
            """
        },
    };
}
