namespace MoeSharp.Tests.Models.Balance;

[Experts(8, Active = 3, Dim = 8, Hidden = 4)]
[Gate(Softmax, Groups = 4, TopGroups = 2)]
[ExpertBalance(0.3, PerSequence = true), DeviceBalance(0.5), CommunicationBalance(0.2, PerSequence = true)]
public partial class DeviceLosses;

[Experts(8, Active = 3, Dim = 8, Hidden = 4, Devices = 2)]
[Gate(Sigmoid)]
[BalanceBias]
[DeviceBalance(0.4, PerSequence = true), CommunicationBalance(0.3), SwitchBalance(0.6), ImportanceLoss(0.2), UsageDeviation(0.7), RouterZLoss(0.05)]
public partial class ManyLosses;

[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Softmax, Normalize = true)]
[SwitchBalance(0.8, FirstChoice = true), ImportanceLoss(0.4), RouterZLoss(0.1)]
public partial class FirstChoiceLosses;

[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[SwitchBalance(0.9, Dialect = HuggingFace), SequenceBalance(0.3), UsageDeviation]
public partial class HuggingFaceLosses;

[Experts(4, Active = 1, Dim = 4, Hidden = 4)]
[SwitchBalance(0.5), ImportanceLoss, UsageDeviation, RouterZLoss]
public partial class TopOneLosses;

[Transformer(Vocab = 17, Dim = 12, Layers = 3, DenseLayers = 1, Context = 16)]
[Attention(Heads = 3)]
[Experts(5, Active = 2, Hidden = 6)]
[Gate(Softmax, Normalize = true)]
[SwitchBalance(0.7, Dialect = HuggingFace)]
public partial class PooledModel;

[Transformer(Vocab = 17, Dim = 12, Layers = 2, Context = 16)]
[Attention(Heads = 3)]
[Experts(5, Active = 2, Hidden = 6)]
[Gate(Softmax, Normalize = true)]
[SwitchBalance(0.7, GlobalBatch = true)]
public partial class GlobalBatchModel;

[Experts(8, Active = 3, Dim = 10, Hidden = 4)]
[Gate(Sigmoid)]
[BalanceBias(Rate = 0.001, Update = Proportional)]
public partial class ProportionalBias;

[Experts(8, Active = 3, Dim = 10, Hidden = 4)]
[Gate(Sigmoid)]
[BalanceBias(Rate = 0.01, Update = MeanCentred, Until = 2)]
public partial class CentredBias;

[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(NoisyTopK)]
[LoadLoss(0.4), ImportanceLoss(0.2), RouterZLoss(0.1)]
public partial class NoisyLosses;
