namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about capacity: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class CapacityCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0701",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Capacity([|0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0701",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeviceCapacity([|factor: double.NaN|], Devices = 2)]
            public partial class Layer;
            """
        },
        {
            "MOE0702",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Capacity([|4.0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0702",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeviceCapacity([|4|], Devices = 8)]
            public partial class Layer;
            """
        },
        {
            "MOE0702",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [[|DeviceCapacity(Devices = 1)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0703",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeviceCapacity([|Devices = 3|])]
            public partial class Layer;
            """
        },
        {
            "MOE0704",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeviceCapacity(Devices = 4, [|Exempt = 1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0704",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeviceCapacity(Devices = 4, [|Exempt = -0.1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0705",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Capacity(1.25), [|DeviceCapacity(Devices = 4)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0221",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.ExpertChoice), [|Capacity(1.25)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0221",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(GateKind.ExpertChoice), [|DeviceCapacity(Devices = 2)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0706",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Dropless, [|Capacity(1.25)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0706",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [DeepSeekMoe, Dropless]
            [[|DeviceCapacity(Devices = 4)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0707",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Capacity(1.25, [|By = (DropOrder)2|])]
            public partial class Layer;
            """
        },
    };
}
