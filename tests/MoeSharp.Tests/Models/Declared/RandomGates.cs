namespace MoeSharp.Tests.Models.Declared;

/// <summary>A model whose gates draw noise and jitter, trained in parts.</summary>
[Transformer(Vocab = 256, Dim = 16, Layers = 3, DenseLayers = 1, Context = 12)]
[Attention(Heads = 2)]
[FeedForward(Hidden = 20)]
[Experts(6, Active = 2, Hidden = 8)]
[Gate(NoisyTopK, Jitter = 0.1)]
[BalanceBias, ExpertBalance(0.01)]
[Train(Batch = 4, Steps = 12, MicroBatches = 2, LogEvery = 10, EvaluateEvery = 5, CheckpointEvery = 0), AdamW(0.01), ClipGradients(1)]
public partial class NoisyModel;

/// <summary>A model whose second experts are chosen by chance.</summary>
[Transformer(Vocab = 256, Dim = 16, Layers = 2, Context = 12)]
[Attention(Heads = 2)]
[Experts(6, Active = 2, Shared = 1, Hidden = 8)]
[Gate(Softmax, SecondExpert = SecondExpert.Random, Jitter = 0.1)]
[ExpertBalance(0.01)]
[Train(Batch = 4, Steps = 12, MicroBatches = 2, LogEvery = 10, EvaluateEvery = 5, CheckpointEvery = 0), AdamW(0.01), ClipGradients(1)]
public partial class ChanceModel;
