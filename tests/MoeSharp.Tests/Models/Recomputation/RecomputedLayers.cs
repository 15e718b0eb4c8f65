namespace MoeSharp.Tests.Models.Recomputation;

// Layers, each three times as the models are.

/// <summary>A gate of two layers with learned noise and jitter, and a shared expert with biases.</summary>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4, Bias = true), Gate(TwoLayer, Hidden = 5, LearnedNoise = true, Jitter = 0.1), RouterZLoss(0.1)]
public partial class TwoLayersKept;

/// <inheritdoc cref="TwoLayersKept"/>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4, Bias = true), Gate(TwoLayer, Hidden = 5, LearnedNoise = true, Jitter = 0.1), RouterZLoss(0.1)]
[Recompute(Activations)]
public partial class TwoLayersActivations;

/// <inheritdoc cref="TwoLayersKept"/>
[Experts(6, Active = 2, Shared = 1, Dim = 8, Hidden = 4, Bias = true), Gate(TwoLayer, Hidden = 5, LearnedNoise = true, Jitter = 0.1), RouterZLoss(0.1)]
[Recompute(Block)]
public partial class TwoLayersBlock;

/// <summary>A sigmoid gate with a bias that moves fast, and a capacity.</summary>
[Experts(8, Active = 3, Shared = 1, Dim = 8, Hidden = 4), Gate(Sigmoid, Groups = 4, TopGroups = 2), BalanceBias(Rate = 0.3), SequenceBalance(0.05), Capacity(1.0)]
public partial class BiasedKept;

/// <inheritdoc cref="BiasedKept"/>
[Experts(8, Active = 3, Shared = 1, Dim = 8, Hidden = 4), Gate(Sigmoid, Groups = 4, TopGroups = 2), BalanceBias(Rate = 0.3), SequenceBalance(0.05), Capacity(1.0)]
[Recompute(Activations)]
public partial class BiasedActivations;

/// <inheritdoc cref="BiasedKept"/>
[Experts(8, Active = 3, Shared = 1, Dim = 8, Hidden = 4), Gate(Sigmoid, Groups = 4, TopGroups = 2), BalanceBias(Rate = 0.3), SequenceBalance(0.05), Capacity(1.0)]
[Recompute(Block)]
public partial class BiasedBlock;

/// <summary>Experts that choose tokens, from a jittered input.</summary>
[Experts(4, Active = 2, Dim = 8, Hidden = 4), Gate(ExpertChoice, Jitter = 0.1), RouterZLoss(0.1)]
public partial class ChoiceKept;

/// <inheritdoc cref="ChoiceKept"/>
[Experts(4, Active = 2, Dim = 8, Hidden = 4), Gate(ExpertChoice, Jitter = 0.1), RouterZLoss(0.1)]
[Recompute(Activations)]
public partial class ChoiceActivations;

/// <inheritdoc cref="ChoiceKept"/>
[Experts(4, Active = 2, Dim = 8, Hidden = 4), Gate(ExpertChoice, Jitter = 0.1), RouterZLoss(0.1)]
[Recompute(Block)]
public partial class ChoiceBlock;
