namespace MoeSharp.Tests.Models.Reference;

/// <summary>What a declaration says of its experts, written down a second time for the reference: nothing of it is read from generated code.</summary>
internal sealed record GateSettings(GateKind Kind, int Experts, int Active)
{
    public int Shared { get; init; }

    /// <summary>The activation of an expert.</summary>
    public ActivationKind Activation { get; init; }

    /// <summary>Whether the shared experts have a gate, and so Qwen2-MoE's names.</summary>
    public bool SharedGate { get; init; }

    public int Groups { get; init; } = 1;

    public int TopGroups { get; init; } = 1;

    public double Scale { get; init; } = 1;

    public bool Normalize { get; init; }

    public bool HasBias { get; init; }

    /// <summary>How many of a group's best scores are added.</summary>
    public int BestOfGroup { get; init; } = 1;

    public double Jitter { get; init; }

    public bool SecondByChance { get; init; }

    public bool LearnedNoise { get; init; }

    public int SubScores { get; init; }

    public bool OverAllSubScores { get; init; }

    public bool MeanOfSubScores { get; init; }

    public double Capacity { get; init; }

    /// <summary>Whether equal logits mean equal scores in training: no noise, and the router is one matrix.</summary>
    public bool CanTie => Kind is GateKind.Softmax or GateKind.Sigmoid or GateKind.SubExpert;

    public double SequenceBalance { get; init; }

    public double ExpertBalance { get; init; }
}
