namespace ApiDocs;

/// <summary>A small language model in the manner of DeepSeek-V3, over bytes.</summary>
[Transformer(Vocab = 256, Dim = 128, Layers = 4, DenseLayers = 1, Context = 256)]
[Attention(Heads = 4, KvHeads = 2)]
[Experts(16, Active = 3, Shared = 1, Hidden = 96)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.005)]
[SequenceBalance(0.0001)]
[Train(Batch = 8, Steps = 2300, LogEvery = 50, EvaluateEvery = 1000), AdamW(3e-3), WarmupCosine(100, Minimum = 0.05), ClipGradients(1.0)]
public partial class ApiDocsModel;
