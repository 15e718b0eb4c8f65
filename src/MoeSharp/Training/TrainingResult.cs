namespace MoeSharp.Training;

/// <summary>How a run ended.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Completed">Whether all steps were taken; false when the run was stopped.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Run">The run's directory.</param>
/// <param name="Checkpoint">The directory of its checkpoint.</param>
/// <param name="BitsPerByte">The last validation of a completed run, bits per byte; null when it was stopped.</param>
/// <param name="Load">What the experts of each sparse layer got over the last steps.</param>
public sealed record TrainingResult(int Step, bool Completed, int Seed, string Run, string Checkpoint, double? BitsPerByte, ExpertTotals Load);
