namespace ApiDocs;

[Transformer(Vocab = 256, Dim = 256, Layers = 6, DenseLayers = 1, Context = 256)]
[Attention(Heads = 8, KvHeads = 4)]
[Experts(32, Active = 4, Shared = 1, Hidden = 128)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.001)]
[SequenceBalance(0.0001)]
[Train(Batch = 16, Steps = 2000), AdamW(3e-4, WeightDecay = 0.1), WarmupCosine(100), ClipGradients(1.0)]
public partial class ApiDocsModel;
