using System.Xml;
using System.Xml.Linq;

namespace MoeSharp.Data;

/// <summary>
/// The .NET API documentation of the SDK that runs this process as text: some megabytes of English, on every machine that can build this project.
/// </summary>
public static class ApiDocumentation
{
    private static readonly HashSet<string> s_human = ["summary", "remarks", "param", "returns", "exception", "value", "typeparam"];

    /// <summary>Reads the documentation of the newest <c>Microsoft.NETCore.App.Ref</c> under the SDK's <c>packs</c> folder.</summary>
    /// <returns>
    /// One document an assembly, in ordinal order of the names. A line is one <c>summary</c>, <c>remarks</c>, <c>param</c>, <c>returns</c>,
    /// <c>exception</c>, <c>value</c> or <c>typeparam</c>, in the file's order, without tags.
    /// </returns>
    /// <exception cref="TextDataException">The SDK ships no documentation, or a file of it cannot be read.</exception>
    public static IReadOnlyList<TextDocument> Load() => Load(DocumentationPack.Roots());

    internal static IReadOnlyList<TextDocument> Load(IEnumerable<string> sdkRoots) => [.. DocumentationPack.Files(sdkRoots).Select(Read)];

    private static TextDocument Read(string file)
    {
        try
        {
            // White space between two references is a space of the sentence.
            var members = XElement.Load(file, LoadOptions.PreserveWhitespace).Element("members")?.Elements("member") ?? [];
            var lines = members.Elements().Where(element => s_human.Contains(element.Name.LocalName)).Select(DocumentationText.Of);
            return new TextDocument(Path.GetFileNameWithoutExtension(file), [.. lines.Where(line => line.Length > 0)]);
        }
        catch (Exception failure) when (failure is XmlException or IOException or UnauthorizedAccessException)
        {
            var message = $"The documentation file {file} cannot be read: {failure.Message} Repair the SDK, or use --data DIR.";
            throw new TextDataException(message, failure);
        }
    }
}
