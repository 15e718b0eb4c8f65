namespace MoeSharp.Tests.Oracle;

/// <summary>
/// The shape of DeepSeek-V2: softmax, groups by their best score, raw weights times 16, two shared experts, both balance losses; a dense layer of
/// the default width.
/// </summary>
[Transformer(Vocab = 19, Dim = 12, Layers = 3, DenseLayers = 1, Context = 7)]
[Attention(Heads = 3)]
[Experts(9, Active = 3, Shared = 2, Hidden = 4)]
[Gate(Softmax, Groups = 3, TopGroups = 2, Scale = 16)]
[ExpertBalance(0.05), SequenceBalance(0.02)]
public partial class GroupedSoftmaxModel;

/// <summary>A sigmoid gate with groups and no bias: a group is judged by its best score, as DeepSeek-V3's code does then.</summary>
[Transformer(Vocab = 14, Dim = 8, Layers = 2, Context = 9, TieEmbeddings = true)]
[Attention(Heads = 4, KvHeads = 2, HeadDim = 4)]
[Experts(9, Active = 2, Hidden = 5)]
[Gate(Sigmoid, Groups = 3, TopGroups = 2)]
[ExpertBalance(0.03)]
public partial class UnbiasedSigmoidModel;

/// <summary>A softmax gate with a balance bias: its groups are judged by their two best biased scores, its weights are normalised.</summary>
[Transformer(Vocab = 12, Dim = 8, Layers = 2, Context = 9)]
[Attention(Heads = 2, RopeTheta = 500)]
[Experts(8, Active = 3, Shared = 1, Hidden = 6)]
[Gate(Softmax, Groups = 4, TopGroups = 2, Normalize = true, Scale = 1.5)]
[BalanceBias(Rate = 0.02)]
[SequenceBalance(0.03)]
public partial class BiasedSoftmaxModel;
