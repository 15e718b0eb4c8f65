namespace MoeSharp;

/// <summary>
/// Qwen3's mixtures, arXiv 2505.09388 and their configuration: normalised softmax weights, Switch's loss over the global batch.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = true, Scale = 1)] [SwitchBalance(0.001, GlobalBatch = true)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class Qwen3MoeAttribute : Attribute;
