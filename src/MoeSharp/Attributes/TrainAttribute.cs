namespace MoeSharp;

/// <summary>
/// Declares how a model is trained: <c>CreateTrainer()</c> and the command line start from these values. They mean what those of Hugging Face's
/// <c>TrainingArguments</c> mean, by whose names a run's <c>config.json</c> has them.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TrainAttribute : Attribute
{
    /// <summary>Sequences a step.</summary>
    public int Batch { get; set; }

    /// <summary>Optimiser steps.</summary>
    public int Steps { get; set; }

    /// <summary>Seed of the weights, the data order and the samples. The default is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Tokens in a training sequence. The default is the model's Context.</summary>
    public int Sequence { get; set; }

    /// <summary>Parts a batch is computed in, their gradients added up (gradient accumulation). The default is 1.</summary>
    public int MicroBatches { get; set; } = 1;

    /// <summary>What the model is trained in. The default is Float32.</summary>
    public Precision Precision { get; set; }

    /// <summary>Steps between two lines of the log. The default is 20.</summary>
    public int LogEvery { get; set; } = 20;

    /// <summary>Steps between two evaluations on the validation text. The default is 500; 0 is only at the end.</summary>
    public int EvaluateEvery { get; set; } = 500;

    /// <summary>Steps between two checkpoints. The default is 500; 0 is only at the end.</summary>
    public int CheckpointEvery { get; set; } = 500;
}
