namespace MoeSharp;

/// <summary>
/// Mixtral, arXiv 2401.04088 and its configuration: normalised softmax weights, Hugging Face's pooled form of Switch's loss.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = true, Scale = 1)] [SwitchBalance(0.02, Dialect = HuggingFace)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class MixtralAttribute : Attribute;
