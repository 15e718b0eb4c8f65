namespace MoeSharp.Tests.Models.Recomputation;

// Each declaration three times: with all kept, with what is cheap computed again, with whole blocks computed again.

/// <summary>DeepSeek-V3's shape: grouped-query attention, a dense layer, sigmoid gates with groups, a bias and jitter, a gated shared expert.</summary>
[Transformer(Vocab = 17, Dim = 16, Layers = 4, DenseLayers = 1, Context = 16, TieEmbeddings = true), Attention(Heads = 4, KvHeads = 2), FeedForward(Hidden = 20)]
[Experts(8, Active = 3, Shared = 1, SharedGate = true, Hidden = 6), Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5, Jitter = 0.1)]
[BalanceBias(Rate = 0.05), SequenceBalance(0.05)]
public partial class DeepKept;

/// <inheritdoc cref="DeepKept"/>
[Transformer(Vocab = 17, Dim = 16, Layers = 4, DenseLayers = 1, Context = 16, TieEmbeddings = true), Attention(Heads = 4, KvHeads = 2), FeedForward(Hidden = 20)]
[Experts(8, Active = 3, Shared = 1, SharedGate = true, Hidden = 6), Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5, Jitter = 0.1)]
[BalanceBias(Rate = 0.05), SequenceBalance(0.05)]
[Recompute(Activations)]
public partial class DeepActivations;

/// <inheritdoc cref="DeepKept"/>
[Transformer(Vocab = 17, Dim = 16, Layers = 4, DenseLayers = 1, Context = 16, TieEmbeddings = true), Attention(Heads = 4, KvHeads = 2), FeedForward(Hidden = 20)]
[Experts(8, Active = 3, Shared = 1, SharedGate = true, Hidden = 6), Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5, Jitter = 0.1)]
[BalanceBias(Rate = 0.05), SequenceBalance(0.05)]
[Recompute(Block)]
public partial class DeepBlock;

/// <summary>Noise and jitter, tokens over the capacity dropped, losses at the scores, the logits, the weights and the noise; a model trained with products in bfloat16.</summary>
[Transformer(Vocab = 17, Dim = 16, Layers = 3, DenseLayers = 1, Context = 16), Attention(Heads = 2), FeedForward(Hidden = 20, Activation = Gelu)]
[Experts(6, Active = 2, Hidden = 8), Gate(NoisyTopK, Jitter = 0.1), Capacity(1.0)]
[ExpertBalance(0.05), RouterZLoss(0.1), ImportanceLoss(0.3), LoadLoss(0.2)]
[Train(Batch = 4, Steps = 2, Precision = BFloat16)]
public partial class NoisyKept;

/// <inheritdoc cref="NoisyKept"/>
[Transformer(Vocab = 17, Dim = 16, Layers = 3, DenseLayers = 1, Context = 16), Attention(Heads = 2), FeedForward(Hidden = 20, Activation = Gelu)]
[Experts(6, Active = 2, Hidden = 8), Gate(NoisyTopK, Jitter = 0.1), Capacity(1.0)]
[ExpertBalance(0.05), RouterZLoss(0.1), ImportanceLoss(0.3), LoadLoss(0.2)]
[Train(Batch = 4, Steps = 2, Precision = BFloat16)]
[Recompute(Activations)]
public partial class NoisyActivations;

/// <inheritdoc cref="NoisyKept"/>
[Transformer(Vocab = 17, Dim = 16, Layers = 3, DenseLayers = 1, Context = 16), Attention(Heads = 2), FeedForward(Hidden = 20, Activation = Gelu)]
[Experts(6, Active = 2, Hidden = 8), Gate(NoisyTopK, Jitter = 0.1), Capacity(1.0)]
[ExpertBalance(0.05), RouterZLoss(0.1), ImportanceLoss(0.3), LoadLoss(0.2)]
[Train(Batch = 4, Steps = 2, Precision = BFloat16)]
[Recompute(Block)]
public partial class NoisyBlock;

/// <summary>A softmax gate whose second expert is random, a budget a device, ReLU experts with biases beside a shared one, and Hugging Face's loss over the layers as one.</summary>
[Transformer(Vocab = 17, Dim = 12, Layers = 2, Context = 16), Attention(Heads = 3, KvHeads = 1)]
[Experts(6, Active = 2, Shared = 1, Hidden = 10, Activation = Relu, Bias = true), Gate(Softmax, SecondExpert = SecondExpert.Random)]
[DeviceCapacity(0.8, Devices = 2, Exempt = 0.4), SwitchBalance(0.1, Dialect = HuggingFace)]
public partial class ChanceKept;

/// <inheritdoc cref="ChanceKept"/>
[Transformer(Vocab = 17, Dim = 12, Layers = 2, Context = 16), Attention(Heads = 3, KvHeads = 1)]
[Experts(6, Active = 2, Shared = 1, Hidden = 10, Activation = Relu, Bias = true), Gate(Softmax, SecondExpert = SecondExpert.Random)]
[DeviceCapacity(0.8, Devices = 2, Exempt = 0.4), SwitchBalance(0.1, Dialect = HuggingFace)]
[Recompute(Activations)]
public partial class ChanceActivations;

/// <inheritdoc cref="ChanceKept"/>
[Transformer(Vocab = 17, Dim = 12, Layers = 2, Context = 16), Attention(Heads = 3, KvHeads = 1)]
[Experts(6, Active = 2, Shared = 1, Hidden = 10, Activation = Relu, Bias = true), Gate(Softmax, SecondExpert = SecondExpert.Random)]
[DeviceCapacity(0.8, Devices = 2, Exempt = 0.4), SwitchBalance(0.1, Dialect = HuggingFace)]
[Recompute(Block)]
public partial class ChanceBlock;
