namespace MoeSharp.Training;

/// <summary>A run that cannot go on or cannot start. The message is one line for a user: what is wrong, where, and what to do.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One line: what is wrong, where, and what to do.</param>
    /// <param name="inner">The failure underneath, if any.</param>
    public TrainingException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
