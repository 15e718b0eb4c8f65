namespace MoeSharp;

/// <summary>
/// Declares the spread of the experts' use as a loss: <c>w · sqrt(popvar(P) + 1e-12)</c> over the experts, P their mean scores. (Counts have no gradient; and
/// without the epsilon the gradient in perfect balance would be 0/0.)
/// </summary>
/// <remarks>
/// No paper's formula as it stands: it is the standard deviation where Shazeer's importance loss (arXiv 1701.06538 eq. 6–7, <see cref="ImportanceLossAttribute"/>)
/// has the squared coefficient of variation, and mean scores where that has sums of weights.
/// </remarks>
/// <param name="weight">w. The default is 0.1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsageDeviationAttribute(double weight = 0.1) : Attribute
{
    /// <summary>w.</summary>
    public double Weight { get; } = weight;
}
