using System.Globalization;
using System.Text;

namespace MoeSharp.Data;

/// <summary>
/// Text to train on and text to validate on, as UTF-8 bytes, a line feed after each line. A line occurs once in the whole corpus (compared
/// without the white space around it), so no line of <see cref="Validation"/> occurs in <see cref="Training"/>.
/// </summary>
public sealed class TextCorpus
{
    /// <summary>
    /// Of the seeds 0 to 11, the one whose split of .NET 10's documentation is nearest to the median for byte models: a split's difficulty varies by a
    /// quarter with the documents it falls on, and this one was chosen before any model was trained on it.
    /// </summary>
    public const int DefaultSeed = 5;

    /// <summary>Validation's share of the bytes when nothing else is asked for.</summary>
    public const double DefaultValidationShare = 0.04;

    private TextCorpus(byte[] training, byte[] validation, IReadOnlyList<string> validationDocuments)
    {
        Training = training;
        Validation = validation;
        ValidationDocuments = validationDocuments;
    }

    /// <summary>Bytes to train on.</summary>
    public byte[] Training { get; }

    /// <summary>Bytes to validate on.</summary>
    public byte[] Validation { get; }

    /// <summary>Names of the documents that are validation, in order; empty when the corpus had to be split inside a document.</summary>
    public IReadOnlyList<string> ValidationDocuments { get; }

    /// <summary>The text of a directory, or the .NET API documentation when there is none, split by <see cref="Split"/>.</summary>
    /// <param name="directory">A directory of text; null for <see cref="ApiDocumentation"/>.</param>
    /// <param name="seed">Chooses the validation documents.</param>
    /// <exception cref="TextDataException">There is no text, or too little to split.</exception>
    public static TextCorpus Load(string? directory = null, int seed = DefaultSeed) =>
        Split(directory is null ? ApiDocumentation.Load() : TextDirectory.Load(directory), seed);

    /// <summary>
    /// Splits by document. In the order of a seeded hash of their names, documents become validation as long as they fit into its share; the
    /// others are training. When validation would get less than half of its share that way (one document, or only large ones), the last
    /// lines of the whole text are validation instead.
    /// </summary>
    /// <param name="documents">The documents; a line already seen, in an earlier document or the same one, is dropped.</param>
    /// <param name="seed">Chooses the documents.</param>
    /// <param name="validationShare">Validation's share of the bytes, between 0 and 1.</param>
    /// <exception cref="TextDataException">There are fewer than two different lines.</exception>
    public static TextCorpus Split(IEnumerable<TextDocument> documents, int seed = DefaultSeed, double validationShare = DefaultValidationShare)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (validationShare is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(validationShare), validationShare, "Validation's share of the text lies between 0 and 1.");
        }

        var texts = Distinct(documents);
        var lines = texts.Sum(text => text.Lines.Count);
        if (lines < 2)
        {
            throw new TextDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"The text has {lines} different line(s): too little to split into training and validation. Give more text."));
        }

        var share = (long)(texts.Sum(text => text.Bytes) * validationShare);
        var chosen = Choose(texts, seed, share);
        return chosen.Count > 0 ? ByDocument(texts, chosen) : AtTheEnd(texts, share);
    }

    private static List<Text> Distinct(IEnumerable<TextDocument> documents)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return [.. documents.Select(document => new Text(document.Name, [.. document.Lines.Where(IsNew)]))];

        bool IsNew(string line) => line.Trim() is { Length: > 0 } text && seen.Add(text);
    }

    private static HashSet<string> Choose(List<Text> texts, int seed, long share)
    {
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        var bytes = 0L;
        foreach (var text in texts.OrderBy(text => SplitMix64.Hash(text.Name, (ulong)seed)).ThenBy(text => text.Name, StringComparer.Ordinal))
        {
            if (text.Bytes > 0 && bytes + text.Bytes <= share)
            {
                chosen.Add(text.Name);
                bytes += text.Bytes;
            }
        }

        return 2 * bytes >= share ? chosen : [];
    }

    private static TextCorpus ByDocument(List<Text> texts, HashSet<string> chosen)
    {
        var validation = texts.Where(text => chosen.Contains(text.Name)).ToList();
        return new TextCorpus(
            Join(texts.Where(text => !chosen.Contains(text.Name)).SelectMany(text => text.Lines)),
            Join(validation.SelectMany(text => text.Lines)),
            [.. validation.Select(text => text.Name)]);
    }

    private static TextCorpus AtTheEnd(List<Text> texts, long share)
    {
        var lines = texts.SelectMany(text => text.Lines).ToList();
        var first = lines.Count - 1;
        for (long bytes = Size(lines[first]); first > 1 && bytes + Size(lines[first - 1]) <= share; first--)
        {
            bytes += Size(lines[first - 1]);
        }

        return new TextCorpus(Join(lines.Take(first)), Join(lines.Skip(first)), []);
    }

    private static byte[] Join(IEnumerable<string> lines)
    {
        using var bytes = new MemoryStream();
        foreach (var line in lines)
        {
            bytes.Write(Encoding.UTF8.GetBytes(line));
            bytes.WriteByte((byte)'\n');
        }

        return bytes.ToArray();
    }

    private static long Size(string line) => Encoding.UTF8.GetByteCount(line) + 1;

    private sealed record Text(string Name, List<string> Lines)
    {
        public long Bytes { get; } = Lines.Sum(Size);
    }
}
