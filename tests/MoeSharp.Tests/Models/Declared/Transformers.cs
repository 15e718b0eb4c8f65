namespace MoeSharp.Tests.Models.Declared;

/// <summary>A dense model: no gate at all.</summary>
[Transformer(Vocab = 13, Dim = 12, Layers = 2, Context = 8)]
[Attention(Heads = 3)]
[FeedForward(Hidden = 20)]
public partial class DenseModel;

/// <summary>The shape of DeepSeek-V3: a dense first layer, then sigmoid gates with groups, bias and sequence balance; grouped-query attention, tied embeddings.</summary>
[Transformer(Vocab = 17, Dim = 16, Layers = 3, DenseLayers = 1, Context = 8, TieEmbeddings = true)]
[Attention(Heads = 4, KvHeads = 2, RopeTheta = 100)]
[FeedForward(Hidden = 20)]
[Experts(8, Active = 3, Shared = 1, Hidden = 6)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.01)]
[SequenceBalance(0.05)]
public partial class SparseModel;

/// <summary>The shape of Mixtral: every layer sparse, no shared expert, heads wider than Dim / Heads, one key and value head.</summary>
[Transformer(Vocab = 11, Dim = 10, Layers = 2, Context = 6)]
[Attention(Heads = 2, KvHeads = 1, HeadDim = 6)]
[Experts(4, Active = 2, Hidden = 5)]
[Gate(Softmax, Normalize = true)]
[ExpertBalance(0.05)]
public partial class SoftmaxModel;

/// <summary>Networks of two matrices everywhere: GELU in the dense layer, ReLU experts in segments with biases, beside a gated shared one.</summary>
[Transformer(Vocab = 13, Dim = 12, Layers = 3, DenseLayers = 1, Context = 8)]
[Attention(Heads = 3)]
[FeedForward(Hidden = 20, Activation = Gelu)]
[Experts(3, Active = 1, Shared = 1, SharedGate = true, Hidden = 10, Segments = 2, Activation = Relu, Bias = true)]
public partial class TwoMatrixModel;

/// <summary>A context of several blocks of attention, and sizes that fill no register evenly.</summary>
[Transformer(Vocab = 300, Dim = 36, Layers = 3, DenseLayers = 1, Context = 256)]
[Attention(Heads = 3, KvHeads = 1, HeadDim = 14)]
[FeedForward(Hidden = 70)]
[Experts(6, Active = 2, Shared = 1, Hidden = 22)]
public partial class LongModel;

/// <summary>A model trained in bfloat16, and the same in float32.</summary>
[Transformer(Vocab = 256, Dim = 32, Layers = 2, DenseLayers = 1, Context = 16)]
[Attention(Heads = 4, KvHeads = 2)]
[FeedForward(Hidden = 48)]
[Experts(4, Active = 3, Shared = 1, Hidden = 24)]
[Gate(Sigmoid)]
[BalanceBias]
[Train(Batch = 4, Steps = 40, MicroBatches = 2, LogEvery = 10, EvaluateEvery = 0, CheckpointEvery = 0, Precision = BFloat16), AdamW(0.01), ClipGradients(1)]
public partial class MixedModel;

/// <inheritdoc cref="MixedModel"/>
[Transformer(Vocab = 256, Dim = 32, Layers = 2, DenseLayers = 1, Context = 16)]
[Attention(Heads = 4, KvHeads = 2)]
[FeedForward(Hidden = 48)]
[Experts(4, Active = 3, Shared = 1, Hidden = 24)]
[Gate(Sigmoid)]
[BalanceBias]
[Train(Batch = 4, Steps = 40, MicroBatches = 2, LogEvery = 10, EvaluateEvery = 0, CheckpointEvery = 0), AdamW(0.01), ClipGradients(1)]
public partial class WideModel;
