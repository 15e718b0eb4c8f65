namespace MoeSharp.Training;

/// <summary>What one run does otherwise than the model declares, and where it goes.</summary>
public sealed record TrainerOptions
{
    /// <summary>The run's directory, new or empty; null is <c>runs/&lt;model&gt;-&lt;first free number&gt;</c>.</summary>
    public string? Out { get; init; }

    /// <summary>The directory of a run to go on with from its newest checkpoint; null begins a new one.</summary>
    public string? Resume { get; init; }

    /// <summary>Optimiser steps of the whole run; null as declared, or as the run began.</summary>
    public int? Steps { get; init; }

    /// <summary>Seed of the weights, the data order and the samples; null as declared. A resumed run keeps its own.</summary>
    public int? Seed { get; init; }

    /// <summary>Sequences a step; null as declared. A resumed run keeps its own.</summary>
    public int? Batch { get; init; }

    /// <summary>The directory the text is from, for <c>config.json</c>; null is the default text.</summary>
    public string? Data { get; init; }

    /// <summary>Where the progress goes; null is the console, with a live line when it is a terminal.</summary>
    public TextWriter? Output { get; init; }

    /// <summary>Called after every step.</summary>
    public Action<StepMetrics>? Stepped { get; init; }

    /// <summary>Ends the run after the current step, with a checkpoint.</summary>
    public CancellationToken Stop { get; init; }
}
