namespace MoeSharp;

/// <summary>What the softmax of sub-scores runs over.</summary>
public enum SubScoreSoftmax
{
    /// <summary>The m sub-scores of one expert, which sum to 1.</summary>
    PerExpert,

    /// <summary>All N·m sub-scores, which sum to 1.</summary>
    All,
}
