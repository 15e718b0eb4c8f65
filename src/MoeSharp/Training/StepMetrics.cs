namespace MoeSharp.Training;

/// <summary>What one step of training showed.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Loss">Mean cross-entropy, nats a token.</param>
/// <param name="BalanceLoss">Sum of the layers' balance losses, weighted as declared; the mean over the micro-batches.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="GradientNorm">L2 norm of the gradient before clipping.</param>
/// <param name="TokensPerSecond">Tokens a second since the last line of the log, evaluation and checkpoints left out.</param>
/// <param name="MemoryBytes">Memory of the process.</param>
/// <param name="MaxVio">The largest of <paramref name="LayerMaxVio"/>; 0 without sparse layers.</param>
/// <param name="LayerMaxVio">For each sparse layer <c>max_i c_i / mean(c) − 1</c> (arXiv 2408.15664).</param>
/// <param name="Seconds">Seconds since the run began, over all sessions.</param>
public sealed record StepMetrics(
    int Step,
    double Loss,
    double BalanceLoss,
    double LearningRate,
    double GradientNorm,
    double TokensPerSecond,
    long MemoryBytes,
    double MaxVio,
    IReadOnlyList<double> LayerMaxVio,
    double Seconds);
