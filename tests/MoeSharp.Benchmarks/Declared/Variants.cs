namespace MoeSharp.Benchmarks.Declared;

// The example's model, but for one word: what does that cost, and what does it save?

/// <summary>What is cheap is computed again.</summary>
[Transformer(Vocab = 256, Dim = 128, Layers = 4, DenseLayers = 1, Context = 256)]
[Attention(Heads = 4, KvHeads = 2)]
[Experts(16, Active = 3, Shared = 1, Hidden = 96)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.005)]
[SequenceBalance(0.0001)]
[Recompute(Activations)]
public partial class RecomputedActivations;

/// <summary>Whole blocks are computed again.</summary>
[Transformer(Vocab = 256, Dim = 128, Layers = 4, DenseLayers = 1, Context = 256)]
[Attention(Heads = 4, KvHeads = 2)]
[Experts(16, Active = 3, Shared = 1, Hidden = 96)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.005)]
[SequenceBalance(0.0001)]
[Recompute(Block)]
public partial class RecomputedBlocks;

/// <summary>Products in bfloat16.</summary>
[Transformer(Vocab = 256, Dim = 128, Layers = 4, DenseLayers = 1, Context = 256)]
[Attention(Heads = 4, KvHeads = 2)]
[Experts(16, Active = 3, Shared = 1, Hidden = 96)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.005)]
[SequenceBalance(0.0001)]
[Train(Batch = 8, Steps = 1, Precision = BFloat16)]
public partial class MixedPrecision;
