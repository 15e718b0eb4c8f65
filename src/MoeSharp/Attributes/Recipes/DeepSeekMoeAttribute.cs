namespace MoeSharp;

/// <summary>
/// DeepSeekMoE, arXiv 2401.06066: raw softmax weights, no groups, the loss of the 16B model.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = false, Scale = 1)] [ExpertBalance(0.001)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class DeepSeekMoeAttribute : Attribute;
