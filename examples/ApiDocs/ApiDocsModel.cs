namespace ApiDocs;

/// <summary>A small language model in the manner of DeepSeek-V3, over bytes.</summary>
[Transformer(Vocab = 256, Dim = 192, Layers = 4, DenseLayers = 1, Context = 512)]
[Attention(Heads = 6, KvHeads = 3)]
[Experts(16, Active = 3, Shared = 1, Hidden = 96)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.001)]
[SequenceBalance(0.0001)]
[Train(Batch = 4, Steps = 1800, EvaluateEvery = 900), AdamW(2e-3, WeightDecay = 0.1), WarmupCosine(100), ClipGradients(1.0)]
public partial class ApiDocsModel;
