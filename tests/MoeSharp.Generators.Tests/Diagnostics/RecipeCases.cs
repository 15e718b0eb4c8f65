namespace MoeSharp.Generators.Tests.Diagnostics;

/// <summary>Mistakes about recipes: the id, and the source with each spot that must be underlined between <c>[|</c> and <c>|]</c>.</summary>
internal static class RecipeCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        {
            "MOE0801",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Mixtral, [|OlMoe|]]
            public partial class Layer;
            """
        },
        {
            "MOE0802",
            """
            [Experts(8, [|Active = 2|], Dim = 64, Hidden = 32)]
            [Switch]
            public partial class Layer;
            """
        },
        {
            "MOE0802",
            """
            [Experts(8, [|Active = 3|], Dim = 64, Hidden = 32)]
            [GShard]
            public partial class Layer;
            """
        },
        {
            "MOE0007",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 32)]
            [Attention(Heads = 4)]
            [[|Mixtral|]]
            public partial class Model;
            """
        },
        {
            // The recipe drops by 8 devices.
            "MOE0408",
            """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32, Devices = 4)]
            [DeepSeekV2]
            public partial class [|Layer|];
            """
        },
        {
            // Pooled over the one layer there is, the recipe's loss is the same.
            "MOE0407",
            """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32)]
            [Mixtral, ExpertBalance]
            public partial class [|Layer|];
            """
        },
        {
            // The recipe sets no such loss, so there is nothing to take out.
            "MOE0402",
            """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32, Devices = 4)]
            [Mixtral, DeviceBalance([|0|])]
            public partial class Layer;
            """
        },
        {
            // The recipe's device-level loss; another dropping than its own leaves one device.
            "MOE0406",
            """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32, Devices = 1)]
            [DeepSeekV2, Capacity(1.25), CommunicationBalance(0)]
            public partial class [|Layer|];
            """
        },
        {
            // Groups are the recipe's devices, and the experts lie on others.
            "MOE0408",
            """
            [Experts(16, Active = 4, Dim = 64, Hidden = 32, Devices = 2)]
            [DeepSeekV2, Gate(Softmax, Groups = 4)]
            public partial class [|Layer|];
            """
        },
        {
            "MOE0416",
            """
            [Experts(16, Active = 16, Dim = 64, Hidden = 32)]
            [DeepSeekMoe]
            public partial class [|Layer|];
            """
        },
        {
            "MOE0203",
            """
            [Experts(12, Active = 2, Dim = 64, Hidden = 32)]
            [DeepSeekV3]
            public partial class [|Layer|];
            """
        },
    };
}
