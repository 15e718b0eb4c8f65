namespace MoeSharp;

/// <summary>
/// GShard, arXiv 2006.16668 algorithm 1: two experts, weights normalised over both, the second kept at random, 2·T/N tokens an expert (a factor of 1, as K is in the formula), a loss on first choices.
/// </summary>
/// <remarks>
/// As if there stood <c>[Gate(Softmax, Normalize = true, Scale = 1, SecondExpert = SecondExpert.Random)] [Capacity(1, By = Position)] [SwitchBalance(0.01, FirstChoice = true)]</c>. Words beside it override it argument by argument; a loss with weight 0 beside it takes the recipe's out. [Experts] must have Active = 2.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GShardAttribute : Attribute;
