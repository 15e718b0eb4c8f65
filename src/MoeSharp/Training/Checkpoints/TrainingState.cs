using MoeSharp.Data;

namespace MoeSharp.Training;

/// <summary>
/// What a checkpoint holds beside its tensors (<c>state.json</c>). All random numbers of a run follow from the seed, the sampler's position and the gates' passes, so these
/// are the random state; the position in the schedule is the step.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Steps taken.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of the whole run, which the schedule depends on.</summary>
    public required int Steps { get; init; }

    /// <summary>Seed of the weights and the samples.</summary>
    public required int Seed { get; init; }

    /// <summary>Forward passes in training: with the seed, where the gates' random numbers stand. 0 in a checkpoint from before there were any.</summary>
    public long GateCalls { get; init; }

    /// <summary>Tokens trained on.</summary>
    public required long Tokens { get; init; }

    /// <summary>Seconds spent, over all sessions.</summary>
    public required double Seconds { get; init; }

    /// <summary>Position in the training text.</summary>
    public required SamplerState Sampler { get; init; }

    /// <summary>Best validation so far, bits per byte; null before the first.</summary>
    public double? BestBitsPerByte { get; init; }

    /// <summary>The step of the best validation.</summary>
    public int? BestStep { get; init; }
}
