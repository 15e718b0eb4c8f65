namespace MoeSharp;

/// <summary>
/// Declares a capacity (GShard, arXiv 2006.16668 algorithm 1; Switch, arXiv 2101.03961 eq. 3; with K in it as in Megatron-LM's <c>moe_expert_capacity_factor</c>):
/// an expert takes at most <c>⌈Factor·K·T/N⌉</c> tokens of a batch in training, T the tokens of one forward call (of a micro-batch) that are no
/// padding. Beyond it pairs of a token and an expert are dropped: their weight is 0, and the residual carries the token. Without this word nothing is dropped.
/// </summary>
/// <remarks>
/// Weights are normalised over the selected experts before any is dropped, as in GShard, Switch and Megatron: those that are left need not sum to 1, and the
/// gradient of a dropped weight is 0. Counts, balance losses and the balance bias see what the router chose, dropped or not; evaluation drops nothing.
/// Switch's capacity of 1.25·T/N with one active expert is <c>[Capacity(1.25, By = Position)]</c>. GShard's, 2·T/N with two active, is
/// <c>[Capacity(1.0, By = Position)]</c>: K is in the formula. The card's FLOPs are those of a step that drops nothing.
/// </remarks>
/// <param name="factor">The capacity as a multiple of the mean load.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class CapacityAttribute(double factor) : Attribute
{
    /// <summary>The capacity as a multiple of the mean load.</summary>
    public double Factor { get; } = factor;

    /// <summary>Which pairs go first. The default is those of the lowest score.</summary>
    public DropOrder By { get; set; } = DropOrder.Score;
}
