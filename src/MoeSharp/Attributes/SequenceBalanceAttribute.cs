namespace MoeSharp;

/// <summary>
/// Declares the sequence-wise balance loss (DeepSeek-V3, arXiv 2412.19437 eq. 17–20): <c>α · Σ_i f_i·P_i</c> within each sequence, then the mean
/// over sequences. f counts the top K of the unbiased, ungrouped scores and carries no gradient; P is the mean of the scores normalised over experts.
/// </summary>
/// <param name="weight">α. The default is 0.0001.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SequenceBalanceAttribute(double weight = 0.0001) : Attribute
{
    /// <summary>α.</summary>
    public double Weight { get; } = weight;
}
