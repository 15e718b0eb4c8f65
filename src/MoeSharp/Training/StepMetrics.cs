using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>What one step of training showed.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Loss">Mean cross-entropy, nats a token.</param>
/// <param name="BalanceLoss">Sum of the layers' balance losses, weighted as declared; the mean over the micro-batches.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="GradientNorm">L2 norm of the gradient before clipping.</param>
/// <param name="TokensPerSecond">Tokens a second since the last line of the log, evaluation and checkpoints left out.</param>
/// <param name="MemoryBytes">Memory of the process.</param>
/// <param name="Layers">What the gate of each sparse layer did, all micro-batches together.</param>
/// <param name="Seconds">Seconds since the run began, over all sessions.</param>
public sealed record StepMetrics(
    int Step,
    double Loss,
    double BalanceLoss,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond,
    long MemoryBytes,
    IReadOnlyList<ExpertLoad> Layers,
    double Seconds)
{
    /// <summary>The largest of the layers' <c>max_i c_i / mean(c) − 1</c> (arXiv 2408.15664); 0 where no layer routed a token.</summary>
    public double MaxVio => Layers.Select(layer => layer.MaxVio).Where(double.IsFinite).DefaultIfEmpty().Max();

    /// <summary>Experts of all layers that got no token.</summary>
    public int DeadExperts => Layers.Sum(layer => layer.DeadExperts);

    /// <summary>Pairs of a token and an expert that were dropped, in all layers.</summary>
    public long Dropped => Layers.Sum(layer => layer.Dropped);

    /// <summary>The dropped pairs' part of all pairs, in all layers; 0 without sparse layers.</summary>
    public double DroppedShare => (double)Dropped / Math.Max(1, Layers.Sum(layer => layer.Counts.Sum()));
}
