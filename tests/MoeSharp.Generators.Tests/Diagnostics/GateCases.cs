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
    };
}
