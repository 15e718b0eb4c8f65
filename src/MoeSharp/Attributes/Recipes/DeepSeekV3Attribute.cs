namespace MoeSharp;

/// <summary>
/// DeepSeek-V3, arXiv 2412.19437 §2.1.2: normalised sigmoid weights times 2.5, the best 4 of 8 groups by their two best biased scores, balance by a bias and a light loss a sequence.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Sigmoid, Groups = 8, TopGroups = 4, GroupScore = SumOfTwoBest, Normalize = true, Scale = 2.5)] [BalanceBias(Rate = 0.001)] [SequenceBalance(0.0001)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DeepSeekV3Attribute : Attribute;
