namespace MoeSharp.Training;

/// <summary>
/// A run's directory or a file of it is missing, damaged, cannot be written or belongs to another model. The message is one line for a user
/// that names the file.
/// </summary>
public sealed class CheckpointException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One line: what is wrong, where, and what to do.</param>
    /// <param name="inner">The failure underneath, if any.</param>
    public CheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
