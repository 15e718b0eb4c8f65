namespace MoeSharp;

/// <summary>Whether a token's second expert is always used.</summary>
public enum SecondExpert
{
    /// <summary>It is.</summary>
    Always,

    /// <summary>In training with probability <c>min(1, 2·g₂)</c>, g₂ its weight, normalised over the two (GShard, arXiv 2006.16668 algorithm 1).</summary>
    Random,
}
