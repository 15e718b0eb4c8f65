namespace MoeSharp.Tests.Models.Declared;

/// <summary>DeepSeek-V3's gate: sigmoid, groups by their two best biased scores, balance bias, sequence balance, a shared expert.</summary>
[Experts(8, Active = 3, Shared = 1, Dim = 10, Hidden = 6)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
[BalanceBias(Rate = 0.01)]
[SequenceBalance(0.05)]
public partial class SigmoidGroups;

/// <summary>A sigmoid gate without bias or groups, whose weights are not normalised.</summary>
[Experts(6, Active = 2, Shared = 2, Dim = 8, Hidden = 5)]
[Gate(Sigmoid, Normalize = false, Scale = 1.5)]
[ExpertBalance(0.05)]
public partial class SigmoidRaw;

/// <summary>DeepSeekMoE's gate: softmax, raw weights; nothing else, not even a shared expert.</summary>
[Experts(5, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Softmax)]
public partial class SoftmaxRaw;

/// <summary>Mixtral's gate with a scale, and both balance losses at once.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 9, Hidden = 7)]
[Gate(Softmax, Normalize = true, Scale = 1.25)]
[ExpertBalance(0.05), SequenceBalance(0.02)]
public partial class SoftmaxNormalized;

/// <summary>DeepSeek-V2's gate: softmax, groups by their best score, expert balance.</summary>
[Experts(8, Active = 3, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(Softmax, Groups = 4, TopGroups = 2, Scale = 4)]
[ExpertBalance(0.05)]
public partial class SoftmaxGroups;

/// <summary>Softmax with a balance bias: the bias makes it two best of a group, whatever the scores are.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Softmax, Groups = 3, TopGroups = 2, Normalize = true)]
[BalanceBias, SequenceBalance(0.05)]
public partial class SoftmaxBiasedGroups;

/// <summary>A sigmoid gate with groups and no bias: the best of a group, as in V3's code.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Sigmoid, Groups = 6, TopGroups = 3)]
public partial class SigmoidUnbiasedGroups;

/// <summary>One expert a token, whose weight is its raw probability (Switch).</summary>
[Experts(4, Active = 1, Dim = 8, Hidden = 4)]
[ExpertBalance(0.05)]
public partial class TopOne;

// Every expert gets every token, so a balance bias has no effect, which the compiler says. Here that it does no harm is what is tested.
#pragma warning disable MOE0403

/// <summary>K = N: nothing is selected, all are weighed.</summary>
[Experts(4, Active = 4, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(Sigmoid)]
[BalanceBias]
public partial class AllActive;

#pragma warning restore MOE0403

/// <summary>N = 1: a dense network with a gate.</summary>
[Experts(1, Active = 1, Dim = 8, Hidden = 4)]
[Gate(Sigmoid, Normalize = false)]
public partial class OneExpert;
