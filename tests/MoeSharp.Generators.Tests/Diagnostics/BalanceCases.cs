namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about balance: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class BalanceCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0401",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [BalanceBias([|Rate = -0.001|])]
            public partial class Layer;
            """
        },
        {
            "MOE0401",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [ExpertBalance([|double.PositiveInfinity|]), SequenceBalance([|weight: -1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0402",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [SequenceBalance([|0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0402",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [BalanceBias([|Rate = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0403",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32)]
            [[|ExpertBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0403",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32)]
            [[|BalanceBias|], [|SequenceBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0404",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [BalanceBias([|Rate = 1|])]
            public partial class Layer;
            """
        },
    };
}
