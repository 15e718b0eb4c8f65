namespace MoeSharp.Runtime;

/// <summary>What a gate draws random numbers for: each use has a stream of its own.</summary>
public enum GateStream
{
    /// <summary>The noise added to logits.</summary>
    Noise = 1,

    /// <summary>The factors of the gate's input.</summary>
    Jitter,

    /// <summary>Whether the second expert is kept.</summary>
    SecondExpert,

    /// <summary>Whether a sequence's tokens are never dropped.</summary>
    ExemptSequence,
}
