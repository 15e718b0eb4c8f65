namespace MoeSharp.Tests.Models.Declared;

/// <summary>Shazeer's noisy top-K, with a scale.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(NoisyTopK, Scale = 1.5)]
[ExpertBalance(0.05)]
public partial class Noisy;

/// <summary>Noisy top-K with everything that several gates know: groups, a bias, jitter.</summary>
[Experts(8, Active = 2, Dim = 8, Hidden = 4)]
[Gate(NoisyTopK, Groups = 4, TopGroups = 2, Jitter = 0.1)]
[BalanceBias, SequenceBalance(0.05)]
public partial class NoisyGroups;

/// <summary>A two-layer gate without noise.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(TwoLayer, Hidden = 5)]
[ExpertBalance(0.05)]
public partial class TwoLayers;

/// <summary>A two-layer gate with learned noise and jitter, as wide as there are experts.</summary>
[Experts(6, Active = 3, Dim = 8, Hidden = 4)]
[Gate(TwoLayer, Normalize = true, LearnedNoise = true, Jitter = 0.2)]
[SequenceBalance(0.05)]
public partial class TwoNoisyLayers;

/// <summary>Sub-experts: a softmax over the three of an expert, the greatest counts.</summary>
[Experts(5, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(SubExpert, SubScores = 3, Scale = 2)]
[ExpertBalance(0.05)]
public partial class SubMaximum;

/// <summary>Sub-experts: a softmax over all, the greatest of an expert counts.</summary>
[Experts(3, Active = 2, Dim = 8, Hidden = 4)]
[Gate(SubExpert, SubScoreSoftmax = SubScoreSoftmax.All, Normalize = true)]
[SequenceBalance(0.05)]
public partial class SubMaximumOfAll;

/// <summary>Sub-experts: a softmax over all, the mean of an expert's counts; groups and a bias.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(SubExpert, SubScores = 4, SubScoreSoftmax = SubScoreSoftmax.All, SubScoreMerge = SubScoreMerge.Mean, Groups = 3, TopGroups = 2)]
[BalanceBias]
public partial class SubMean;

/// <summary>Expert choice.</summary>
[Experts(4, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(ExpertChoice, CapacityFactor = 1.5, Scale = 2)]
public partial class Choice;

/// <summary>Expert choice without shared experts, at the capacity that Active says, with jitter.</summary>
[Experts(5, Active = 2, Dim = 8, Hidden = 4)]
[Gate(ExpertChoice, Jitter = 0.3)]
public partial class JitteredChoice;

/// <summary>Expert choice of experts with biases: which an expert adds to the tokens it took and to no other.</summary>
[Experts(4, Active = 2, Shared = 1, Dim = 9, Hidden = 5, Bias = true)]
[Gate(ExpertChoice, CapacityFactor = 1.5, Scale = 2)]
public partial class BiasedChoice;

/// <summary>The same of GELU experts, at the capacity that Active says.</summary>
[Experts(5, Active = 2, Dim = 8, Hidden = 7, Activation = Gelu, Bias = true)]
[Gate(ExpertChoice)]
public partial class GeluBiasedChoice;

/// <summary>Switch's gate: one expert, its raw probability, jitter.</summary>
[Experts(4, Active = 1, Dim = 8, Hidden = 4)]
[Gate(Softmax, Jitter = 0.1)]
[ExpertBalance(0.05)]
public partial class SwitchGate;

/// <summary>GShard's gate: two experts, the second by chance.</summary>
[Experts(5, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(Softmax, SecondExpert = SecondExpert.Random, Scale = 1.25)]
[ExpertBalance(0.05)]
public partial class ChanceSecond;

/// <summary>The score rule of groups said in words: the two best, without a bias.</summary>
[Experts(8, Active = 3, Dim = 8, Hidden = 4)]
[Gate(Softmax, Groups = 4, TopGroups = 2, GroupScore = SumOfTwoBest)]
public partial class TwoBestOfAGroup;

/// <summary>The score rule of groups said in words: the best, in spite of a bias.</summary>
[Experts(8, Active = 3, Dim = 8, Hidden = 4)]
[Gate(Sigmoid, Groups = 4, TopGroups = 2, GroupScore = Maximum, Jitter = 0.05)]
[BalanceBias]
public partial class BestOfABiasedGroup;
