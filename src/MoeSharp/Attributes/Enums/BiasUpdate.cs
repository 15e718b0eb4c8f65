namespace MoeSharp;

/// <summary>How far a balance bias moves after an optimiser step (arXiv 2408.15664); c are the tokens each expert got, summed over the step's micro-batches.</summary>
public enum BiasUpdate
{
    /// <summary><c>b_i += γ·sign(mean(c) − c_i)</c> (DeepSeek-V3).</summary>
    Sign,

    /// <summary><c>b_i += γ·(mean(c) − c_i)</c>, in tokens: γ must be far smaller than for the sign.</summary>
    Proportional,

    /// <summary>The sign's update with its mean over the experts removed, so that the biases' mean stays where it is.</summary>
    MeanCentred,
}
