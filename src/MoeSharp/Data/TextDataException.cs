namespace MoeSharp.Data;

/// <summary>
/// The text to learn from is missing, unreadable or too short. The message is one line for a user: what is wrong, where, and what to do.
/// </summary>
public sealed class TextDataException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">One line: what is wrong, where, and what to do.</param>
    /// <param name="inner">The failure underneath, if any.</param>
    public TextDataException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
