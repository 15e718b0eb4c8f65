namespace MoeSharp.Tests.Models.Recipes;

// The schemes of the recipes word by word, from their papers and configurations: nothing of it is read from a recipe.

/// <summary>What <see cref="DeepSeekMoeLayer"/> is.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax), ExpertBalance(0.001)]
public partial class DeepSeekMoeWords;

/// <summary>What <see cref="DeepSeekV2Layer"/> is.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16)]
[ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true)]
[DeviceCapacity(1.0, Devices = 8, Exempt = 0.1)]
public partial class DeepSeekV2Words;

/// <summary>What <see cref="DeepSeekV3Layer"/> is.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Sigmoid, Groups = 8, TopGroups = 4, Scale = 2.5)]
[BalanceBias(Rate = 0.001), SequenceBalance(0.0001)]
public partial class DeepSeekV3Words;

/// <summary>What <see cref="MixtralLayer"/> is.</summary>
[Experts(16, Active = 2, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax, Normalize = true), SwitchBalance(0.02, Dialect = HuggingFace)]
public partial class MixtralWords;

/// <summary>What <see cref="SwitchLayer"/> is.</summary>
[Experts(16, Active = 1, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax, Jitter = 0.01), Capacity(1.25, By = Position), SwitchBalance(0.01)]
public partial class SwitchWords;

/// <summary>What <see cref="GShardLayer"/> is.</summary>
[Experts(16, Active = 2, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax, SecondExpert = SecondExpert.Random), Capacity(1.0, By = Position), SwitchBalance(0.01, FirstChoice = true)]
public partial class GShardWords;

/// <summary>What <see cref="OlMoeLayer"/> is.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax), SwitchBalance(0.01, Dialect = HuggingFace), RouterZLoss(0.001)]
public partial class OlMoeWords;

/// <summary>What <see cref="Qwen3MoeLayer"/> is.</summary>
[Experts(16, Active = 4, Shared = 1, Dim = 12, Hidden = 6)]
[Gate(Softmax, Normalize = true), SwitchBalance(0.001, GlobalBatch = true)]
public partial class Qwen3MoeWords;
