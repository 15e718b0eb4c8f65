namespace MoeSharp;

/// <summary>
/// Declares the spread of the experts' use as a loss: <c>w · sqrt(popvar(P) + 1e-12)</c> over the experts, P their mean scores. (Counts have no gradient; and
/// without the epsilon the gradient in perfect balance would be 0/0.)
/// </summary>
/// <param name="weight">w. The default is 0.1.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsageDeviationAttribute(double weight = 0.1) : Attribute
{
    /// <summary>w.</summary>
    public double Weight { get; } = weight;
}
