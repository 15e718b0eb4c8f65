namespace MoeSharp.Training;

/// <summary>How a model is trained, as its attributes declare it. The defaults are those of the attributes.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Sequences a step.</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Seed of the weights, the data order and the samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Tokens in a training sequence; 0 is the model's context.</summary>
    public int Sequence { get; init; }

    /// <summary>Parts a batch is computed in, their gradients added up. Divides <see cref="Batch"/>.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>What products are computed in.</summary>
    public Precision Precision { get; init; }

    /// <summary>Steps between two lines of the log.</summary>
    public int LogEvery { get; init; } = 20;

    /// <summary>Steps between two evaluations on the validation text; 0 is only at the end.</summary>
    public int EvaluateEvery { get; init; } = 500;

    /// <summary>Steps between two checkpoints; 0 is only at the end.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>The optimiser's settings.</summary>
    public AdamWSettings AdamW { get; init; } = new();

    /// <summary>The course of the learning rate.</summary>
    public LearningRate Schedule { get; init; } = LearningRate.Constant;

    /// <summary>The longest gradient that stays as it is; null is no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Whether <paramref name="step"/> is one of every <paramref name="interval"/>, or the last.</summary>
    internal bool Due(int step, int interval) => step == Steps || (interval > 0 && step % interval == 0);

    /// <summary>The recipe with everything filled in, checked.</summary>
    /// <param name="context">The model's context in tokens.</param>
    /// <exception cref="TrainingException">A value is out of its range.</exception>
    internal TrainingRecipe For(int context)
    {
        Require(Batch >= 1, $"a step needs at least one sequence, and Batch is {Batch}");
        Require(Steps >= 1, $"a run needs at least one step, and Steps is {Steps}");
        Require(MicroBatches >= 1 && Batch % MicroBatches == 0, $"Batch {Batch} cannot be cut into {MicroBatches} equal micro-batches");
        Require(Sequence >= 0 && Sequence <= context, $"Sequence {Sequence} is longer than the model's context of {context} tokens");
        Require(LogEvery >= 1, $"LogEvery is {LogEvery}; at least 1 is needed");
        Require(EvaluateEvery >= 0 && CheckpointEvery >= 0, $"EvaluateEvery {EvaluateEvery} and CheckpointEvery {CheckpointEvery} cannot be negative");
        Require(ClipNorm is null or > 0, $"the gradient cannot be clipped to a norm of {ClipNorm}");
        var sequence = Sequence == 0 ? context : Sequence;
        Require(Batch <= Array.MaxLength / (sequence + 1), $"Batch {Batch} with sequences of {sequence} tokens is more than {Array.MaxLength} ids a step");
        return this with { Sequence = sequence };
    }

    private static void Require(bool condition, FormattableString message)
    {
        if (!condition)
        {
            throw new TrainingException($"The training recipe cannot work: {FormattableString.Invariant(message)}. Change the model's [Train] or the option.");
        }
    }
}
