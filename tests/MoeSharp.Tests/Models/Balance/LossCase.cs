using MoeSharp.Modules;
using MoeSharp.Tests.Models.Reference;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>A layer with balance losses, and each loss in the reference's words: its name, its weight and its value on the tape.</summary>
internal sealed record LossCase(Func<MoeLayer> Create, GateSettings Gate, (string Name, double Weight, Func<LossScene, Tensor> Of)[] Losses)
{
    public static IReadOnlyDictionary<string, LossCase> All { get; } = new Dictionary<string, LossCase>
    {
        [nameof(DeviceLosses)] = new(() => new DeviceLosses(), new GateSettings(GateKind.Softmax, 8, 3) { Groups = 4, TopGroups = 2 },
        [
            ("expert_balance", 0.3, scene => scene.OverSequences(scene.Losses.Expert)),
            ("device_balance", 0.5, scene => scene.OverBatch(tokens => scene.Losses.Device(tokens, devices: 4))),
            ("communication_balance", 0.2, scene => scene.OverSequences(tokens => scene.Losses.Communication(tokens, devices: 4, limit: 2))),
        ]),
        [nameof(ManyLosses)] = new(() => new ManyLosses(), new GateSettings(GateKind.Sigmoid, 8, 3) { Normalize = true, HasBias = true },
        [
            ("device_balance", 0.4, scene => scene.OverSequences(tokens => scene.Losses.Device(tokens, devices: 2))),
            ("communication_balance", 0.3, scene => scene.OverBatch(tokens => scene.Losses.Communication(tokens, devices: 2, limit: 2))),
            ("switch_balance", 0.6, scene => scene.OverBatch(scene.Losses.Expert)),
            ("importance_loss", 0.2, scene => scene.OverBatch(scene.Losses.Importance)),
            ("usage_deviation", 0.7, scene => scene.OverBatch(scene.Losses.Usage)),
            ("router_z_loss", 0.05, scene => scene.OverBatch(scene.Losses.RouterZ)),
        ]),
        [nameof(FirstChoiceLosses)] = new(() => new FirstChoiceLosses(), new GateSettings(GateKind.Softmax, 6, 2) { Normalize = true },
        [
            ("switch_balance", 0.8, scene => scene.OverBatch(scene.Losses.FirstChoice)),
            ("importance_loss", 0.4, scene => scene.OverBatch(scene.Losses.Importance)),
            ("router_z_loss", 0.1, scene => scene.OverBatch(scene.Losses.RouterZ)),
        ]),
        [nameof(HuggingFaceLosses)] = new(() => new HuggingFaceLosses(), new GateSettings(GateKind.Softmax, 6, 2),
        [
            ("sequence_balance", 0.3, scene => scene.OverSequences(scene.Losses.Sequence)),
            ("switch_balance", 0.9, scene => scene.OverBatch(tokens => scene.Losses.Load(tokens, 1, scene.Losses.Chosen))),
            ("usage_deviation", 0.1, scene => scene.OverBatch(scene.Losses.Usage)),
        ]),
        [nameof(TopOneLosses)] = new(() => new TopOneLosses(), new GateSettings(GateKind.Softmax, 4, 1),
        [
            ("switch_balance", 0.5, scene => scene.OverBatch(scene.Losses.Expert)),
            ("importance_loss", 0.1, scene => scene.OverBatch(scene.Losses.Importance)),
            ("usage_deviation", 0.1, scene => scene.OverBatch(scene.Losses.Usage)),
            ("router_z_loss", 0.001, scene => scene.OverBatch(scene.Losses.RouterZ)),
        ]),
    };

    public LossScene Scene(ScalarType type, Lowering lowering, long[] rows, bool[]? mask = null, Action<MoeLayer>? arrange = null) =>
        new(Create(), Gate, type, lowering, rows, mask, arrange);
}

