namespace MoeSharp.Tests.Models.Declared;

// Losses that reach a gate elsewhere than at its scores: at the logits, at the weights, and after a capacity has dropped some.

/// <summary>Noise on logits whose size is a loss, and weights whose spread is one.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4)]
[Gate(NoisyTopK, Jitter = 0.1)]
[RouterZLoss(0.1), ImportanceLoss(0.3)]
public partial class NoisyWithLosses;

/// <summary>The learned noise's gradient must not hold that of the logits' own loss.</summary>
[Experts(6, Active = 2, Dim = 8, Hidden = 4)]
[Gate(TwoLayer, LearnedNoise = true, Hidden = 5)]
[RouterZLoss(0.1), UsageDeviation(0.2)]
public partial class TwoLayersWithLosses;

/// <summary>More logits than experts.</summary>
[Experts(5, Active = 2, Dim = 8, Hidden = 4)]
[Gate(SubExpert, SubScores = 3)]
[RouterZLoss(0.1), ImportanceLoss(0.3)]
public partial class SubExpertsWithLosses;

/// <summary>Experts that choose tokens.</summary>
[Experts(4, Active = 2, Dim = 8, Hidden = 4)]
[Gate(ExpertChoice)]
[RouterZLoss(0.1)]
public partial class ChoiceWithLoss;

/// <summary>A second expert by chance, of which a full expert drops some more.</summary>
[Experts(5, Active = 2, Dim = 8, Hidden = 4)]
[Gate(Softmax, SecondExpert = SecondExpert.Random, Jitter = 0.1)]
[ImportanceLoss(0.3), RouterZLoss(0.1), SwitchBalance(0.1, FirstChoice = true)]
[Capacity(1.0, By = Position)]
public partial class ChanceWithLosses;
