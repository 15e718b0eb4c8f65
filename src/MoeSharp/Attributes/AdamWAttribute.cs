namespace MoeSharp;

/// <summary>Declares AdamW with decoupled decay (arXiv 1711.05101) as the optimiser. Norms are not decayed.</summary>
/// <param name="learningRate">The highest learning rate. The default is 0.0003.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AdamWAttribute(double learningRate = 0.0003) : Attribute
{
    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; } = learningRate;

    /// <summary>Decay of the first moment. The default is 0.9.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the second moment. The default is 0.95, as DeepSeek-V3 trains.</summary>
    public double Beta2 { get; set; } = 0.95;

    /// <summary>Added to the denominator. The default is 1e-8.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Weight decay. The default is 0.1.</summary>
    public double WeightDecay { get; set; } = 0.1;
}
