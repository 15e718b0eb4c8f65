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
            [[|BalanceBias|]]
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
        {
            "MOE0401",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [SwitchBalance([|-0.01|]), ImportanceLoss([|-1|]), UsageDeviation([|double.NaN|]), RouterZLoss([|weight: -0.5|])]
            public partial class Layer;
            """
        },
        {
            "MOE0402",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 4)]
            [DeviceBalance([|0|]), CommunicationBalance([|0|]), RouterZLoss([|0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0102",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, [|Devices = 0|])]
            [DeviceBalance]
            public partial class Layer;
            """
        },
        {
            "MOE0405",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, [|Devices = 3|])]
            [DeviceBalance]
            public partial class Layer;
            """
        },
        {
            "MOE0406",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [[|DeviceBalance|], [|CommunicationBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0407",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [ExpertBalance, [|SwitchBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0407",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [ExpertBalance, [|SwitchBalance(Dialect = HuggingFace)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0407",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [SequenceBalance, [|ExpertBalance(0.01, PerSequence = true)|]]
            public partial class Layer;
            """
        },
        {
            "MOE0407",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 8)]
            [ExpertBalance, [|DeviceBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0408",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 4)]
            [DeviceCapacity(1.0, [|Devices = 2|])]
            public partial class Layer;
            """
        },
        {
            "MOE0409",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 4)]
            [CommunicationBalance([|Limit = 3|])]
            public partial class Layer;
            """
        },
        {
            "MOE0409",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 4)]
            [CommunicationBalance([|Limit = 0|])]
            public partial class Layer;
            """
        },
        {
            "MOE0410",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [[|LoadLoss|]]
            public partial class Layer;
            """
        },
        {
            "MOE0411",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [BalanceBias([|Until = -1|])]
            public partial class Layer;
            """
        },
        {
            "MOE0412",
            """
            [Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 128), Attention(Heads = 4)]
            [Experts(8, Active = 2, Hidden = 32)]
            [BalanceBias([|Until = 1000|])]
            [Train(Batch = 8, Steps = 1000)]
            public partial class Model;
            """
        },
        {
            "MOE0413",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [SwitchBalance(Dialect = HuggingFace, [|GlobalBatch = true|])]
            public partial class Layer;
            """
        },
        {
            "MOE0414",
            """
            [Experts(8, Active = 1, Dim = 64, Hidden = 32)]
            [SwitchBalance([|FirstChoice = true|])]
            public partial class Layer;
            """
        },
        {
            "MOE0415",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [BalanceBias([|Update = (BiasUpdate)7|]), SwitchBalance([|Dialect = (BalanceDialect)9|])]
            public partial class Layer;
            """
        },
        {
            // What importance and usage are of differs with all experts active, too.
            "MOE0416",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32)]
            [[|SwitchBalance|], [|SequenceBalance|], ImportanceLoss, UsageDeviation, RouterZLoss]
            public partial class Layer;
            """
        },
        {
            // First choices differ where all experts are chosen.
            "MOE0416",
            """
            [Experts(8, Active = 8, Dim = 64, Hidden = 32, Devices = 2)]
            [SwitchBalance(FirstChoice = true), [|ExpertBalance(0.1, PerSequence = true)|], [|DeviceBalance|], [|CommunicationBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0416",
            """
            [Experts(1, Active = 1, Dim = 64, Hidden = 32)]
            [Gate(Sigmoid, Normalize = false)]
            [[|ExpertBalance|], [|ImportanceLoss|], [|UsageDeviation|], RouterZLoss]
            public partial class Layer;
            """
        },
        {
            // Three experts lie beside each device: a token of four is sent to both, whatever is chosen.
            "MOE0416",
            """
            [Experts(6, Active = 4, Dim = 64, Hidden = 32, Devices = 2)]
            [DeviceBalance, [|CommunicationBalance|]]
            public partial class Layer;
            """
        },
        {
            "MOE0417",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(NoisyTopK, Groups = 4, TopGroups = 2)]
            [[|LoadLoss|]]
            public partial class Layer;
            """
        },
        {
            "MOE0417",
            """
            [Experts(8, Active = 2, Dim = 64, Hidden = 32)]
            [Gate(NoisyTopK)]
            [BalanceBias, [|LoadLoss(0.1)|]]
            public partial class Layer;
            """
        },
    };
}
