namespace MoeSharp.Tests.Models.Declared;

// Four experts of hidden width 1 whose outputs can be told apart: see HandWorkedTests.

/// <summary>Raw softmax.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Softmax)]
public partial class HandSoftmax;

/// <summary>Softmax, one expert: Switch.</summary>
[Experts(4, Active = 1, Dim = 5, Hidden = 1), Gate(Softmax)]
public partial class HandSwitch;

/// <summary>Normalised softmax.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Softmax, Normalize = true, Scale = 2)]
public partial class HandNormalized;

/// <summary>Sigmoid.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Sigmoid)]
public partial class HandSigmoid;

/// <summary>Sigmoid, two groups by their two best biased scores.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Sigmoid, Groups = 2, TopGroups = 1), BalanceBias]
public partial class HandTwoBest;

/// <summary>Sigmoid, two groups by their best biased score.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Sigmoid, Groups = 2, TopGroups = 1, GroupScore = Maximum), BalanceBias]
public partial class HandBest;

/// <summary>Noisy top-K.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(NoisyTopK)]
public partial class HandNoisy;

/// <summary>Two layers.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(TwoLayer, Hidden = 2, LearnedNoise = true)]
public partial class HandTwoLayer;

/// <summary>Two sub-scores an expert, the greatest of a softmax over the two.</summary>
[Experts(4, Active = 2, Dim = 9, Hidden = 1), Gate(SubExpert)]
public partial class HandSubMaximum;

/// <summary>Two sub-scores an expert, the mean of a softmax over all eight.</summary>
[Experts(4, Active = 2, Dim = 9, Hidden = 1), Gate(SubExpert, SubScoreSoftmax = SubScoreSoftmax.All, SubScoreMerge = SubScoreMerge.Mean)]
public partial class HandSubMean;

/// <summary>Expert choice, two experts a token on average.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(ExpertChoice)]
public partial class HandChoice;

/// <summary>A second expert by chance.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Softmax, SecondExpert = SecondExpert.Random)]
public partial class HandChance;

/// <summary>Jitter.</summary>
[Experts(4, Active = 2, Dim = 5, Hidden = 1), Gate(Softmax, Jitter = 0.5)]
public partial class HandJitter;
