namespace MoeSharp;

/// <summary>What a group of experts is chosen by.</summary>
public enum GroupScore
{
    /// <summary>Its best score (DeepSeek-V2, arXiv 2405.04434 §2.2.2).</summary>
    Maximum,

    /// <summary>The sum of its two best scores, the balance bias added (DeepSeek-V3, arXiv 2412.19437 §2.1.2 and its code).</summary>
    SumOfTwoBest,
}
