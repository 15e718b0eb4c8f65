namespace MoeSharp;

/// <summary>Which pairs of a token and an expert are dropped where an expert is over its capacity.</summary>
public enum DropOrder
{
    /// <summary>Those of the lowest score (Megatron's <c>probs</c>); of equal scores the later token's.</summary>
    Score,

    /// <summary>
    /// The latest, whatever their scores (Switch, arXiv 2101.03961 §2.2; GShard, arXiv 2006.16668 algorithm 1; Megatron's <c>position</c>): all first choices come
    /// before all second choices, and among the choices of one rank the tokens in their order.
    /// </summary>
    Position,
}
