namespace MoeSharp;

/// <summary>How an expert's sub-scores become its score.</summary>
public enum SubScoreMerge
{
    /// <summary>The greatest of them; ties go to the first.</summary>
    Maximum,

    /// <summary>Their mean.</summary>
    Mean,
}
