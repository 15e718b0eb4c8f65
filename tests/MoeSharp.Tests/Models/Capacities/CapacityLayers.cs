namespace MoeSharp.Tests.Models.Capacities;

/// <summary>Megatron's dropping by score: normalised weights, a balance loss that sees what the router chose, a shared expert.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 9, Hidden = 5)]
[Gate(Softmax, Normalize = true, Scale = 1.25)]
[ExpertBalance(0.05)]
[Capacity(0.8)]
public partial class DropsByScore;

/// <summary>A sigmoid gate whose bias moves the choice and not the score that dropping looks at.</summary>
[Experts(6, Active = 3, Dim = 8, Hidden = 4)]
[Gate(Sigmoid, Scale = 2.5)]
[BalanceBias]
[Capacity(1.0)]
public partial class DropsBySigmoid;

/// <summary>GShard's order: two choices a token, the mean load as capacity.</summary>
[Experts(4, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Softmax, Normalize = true)]
[Capacity(1.0, By = Position)]
public partial class DropsByPosition;

/// <summary>Switch: one raw probability, 1.25 by position.</summary>
[Experts(4, Active = 1, Dim = 8, Hidden = 4)]
[Capacity(1.25, By = Position)]
public partial class SwitchLike;

/// <summary>DeepSeek-V2: a budget a device, a part of the sequences exempt. A larger part than the paper's, so that few sequences have some.</summary>
[Experts(8, Active = 3, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(Softmax, Groups = 4, TopGroups = 2, Scale = 4)]
[DeviceCapacity(0.75, Devices = 4, Exempt = 0.4)]
public partial class DropsByDevice;

/// <summary>The same without groups in the gate, nothing exempt, and devices of four experts: a token has several pairs on one.</summary>
[Experts(8, Active = 3, Dim = 8, Hidden = 4)]
[DeviceCapacity(0.9, Devices = 2, Exempt = 0)]
public partial class DropsByTwoDevices;

/// <summary>Experts with biases, which a dropped pair must not add, beside a shared one with biases.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 9, Hidden = 5, Bias = true)]
[Gate(Softmax, Normalize = true)]
[Capacity(0.8)]
public partial class DropsWithBiases;

/// <summary>GELU experts with biases, by position: an expert's bias is in the gradient of the weights it gave.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 7, Activation = Gelu, Bias = true)]
[Gate(Sigmoid, Normalize = false)]
[Capacity(1.0, By = Position)]
public partial class GeluDropsWithBiases;

/// <summary>ReLU experts with biases, by device.</summary>
[Experts(8, Active = 3, Dim = 8, Hidden = 6, Activation = Relu, Bias = true)]
[DeviceCapacity(0.9, Devices = 2, Exempt = 0)]
public partial class ReluDropsWithBiases;

/// <summary>A model whose two sparse layers drop, in two micro-batches.</summary>
[Transformer(Vocab = 256, Dim = 16, Layers = 3, DenseLayers = 1, Context = 16)]
[Attention(Heads = 2)]
[FeedForward(Hidden = 16)]
[Experts(4, Active = 2, Hidden = 8)]
[DeviceCapacity(0.8, Devices = 2, Exempt = 0.5)]
[Train(Batch = 8, Steps = 12, MicroBatches = 2, LogEvery = 1, EvaluateEvery = 0, CheckpointEvery = 0), AdamW(0.01)]
public partial class DroppingModel;
