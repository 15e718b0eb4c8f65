namespace MoeSharp.Data;

/// <summary>One document of a corpus: an assembly's documentation, or a file.</summary>
/// <param name="Name">Its name, unique in the corpus; the split into training and validation depends on it.</param>
/// <param name="Lines">Its lines in order, without line ends.</param>
public sealed record TextDocument(string Name, IReadOnlyList<string> Lines);
