namespace MoeSharp.Training;

/// <summary>The settings of AdamW (arXiv 1711.05101). The defaults are those of <see cref="AdamWAttribute"/>.</summary>
public sealed record AdamWSettings
{
    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 0.0003;

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the denominator, after the bias correction.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled decay, as a share of the learning rate. Norms are not decayed.</summary>
    public double WeightDecay { get; init; } = 0.1;
}
