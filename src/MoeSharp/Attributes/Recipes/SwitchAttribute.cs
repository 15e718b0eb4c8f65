namespace MoeSharp;

/// <summary>
/// Switch, arXiv 2101.03961: one expert with its raw probability, a jittered gate, 1.25 times the mean load by position, the paper's loss.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = false, Scale = 1, Jitter = 0.01)] [Capacity(1.25, By = Position)] [SwitchBalance(0.01)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out. [Experts] must have Active = 1.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SwitchAttribute : Attribute;
