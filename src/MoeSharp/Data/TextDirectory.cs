using System.IO.Enumeration;
using System.Text;

namespace MoeSharp.Data;

/// <summary>Any directory of text as a corpus.</summary>
public static class TextDirectory
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>
    /// Reads every file under a directory that is valid UTF-8 and has no NUL byte, whatever its extension. Names that begin with a dot, and
    /// links to directories, are left out.
    /// </summary>
    /// <param name="path">The directory.</param>
    /// <returns>
    /// One document a file, named by its path from <paramref name="path"/> with forward slashes, in ordinal order. Indentation stays, trailing
    /// white space and blank lines go.
    /// </returns>
    /// <exception cref="TextDataException">The directory is missing, cannot be read, or holds no text.</exception>
    public static IReadOnlyList<TextDocument> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            var what = File.Exists(path) ? "is a file, not a directory" : "does not exist";
            throw new TextDataException($"--data {path}: {what}. Name a directory of text files.");
        }

        var file = path;
        try
        {
            var documents = new List<TextDocument>();
            foreach (var (name, full) in Files(path).OrderBy(found => found.Name, StringComparer.Ordinal))
            {
                file = full;
                if (Lines(File.ReadAllBytes(full)) is { Count: > 0 } lines)
                {
                    documents.Add(new TextDocument(name, lines));
                }
            }

            return documents.Count > 0
                ? documents
                : throw new TextDataException($"--data {path}: no text in it. Name a directory with files in UTF-8.");
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or (IOException and not TextDataException))
        {
            throw new TextDataException($"--data {path}: {file} cannot be read: {failure.Message}", failure);
        }
    }

    private static IEnumerable<(string Name, string Full)> Files(string path)
    {
        var root = Path.GetFullPath(path);
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };
        return new FileSystemEnumerable<(string, string)>(root, (ref FileSystemEntry entry) => Named(root, entry.ToFullPath()), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName[0] != '.',
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                entry.FileName[0] != '.' && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
    }

    private static (string Name, string Full) Named(string root, string full) =>
        (Path.GetRelativePath(root, full).Replace(Path.DirectorySeparatorChar, '/'), full);

    // Null for what is not text.
    private static List<string>? Lines(byte[] bytes)
    {
        if (Array.IndexOf(bytes, (byte)0) >= 0)
        {
            return null;
        }

        try
        {
            var text = s_strict.GetString(bytes).TrimStart('\uFEFF');
            return [.. text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
