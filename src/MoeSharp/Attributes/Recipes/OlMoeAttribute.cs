namespace MoeSharp;

/// <summary>
/// OLMoE, arXiv 2409.02060: raw softmax weights, the pooled form of Switch's loss and the router's z-loss.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = false, Scale = 1)] [SwitchBalance(0.01, Dialect = HuggingFace)] [RouterZLoss(0.001)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OlMoeAttribute : Attribute;
