using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MoeSharp.Data;

/// <summary>The human text of one element of XML documentation: what a reader of the published page would see, on one line.</summary>
internal static partial class DocumentationText
{
    /// <summary>The element's text: references by their short names, tags gone, Markdown's marks gone, white space collapsed.</summary>
    /// <returns>One line without leading or trailing space; empty when the element says nothing.</returns>
    public static string Of(XElement element)
    {
        var text = new StringBuilder();
        Append(element, text);
        return Collapse(WithoutMarkdown(text.ToString()));
    }

    /// <summary>
    /// The name a reader expects for a documentation id: the member without its type, as the published pages and <c>destination.Length</c>
    /// in running text have it (<c>M:System.IO.File.Open(System.String)</c> is <c>Open</c>), a type without its namespace and arity, a
    /// constructor as its type; a namespace whole.
    /// </summary>
    /// <param name="id">A <c>cref</c>, or the <c>uid</c> of a cross-reference.</param>
    public static string ShortName(string id)
    {
        var name = Uri.UnescapeDataString(id).Trim();
        name = CutAt(name, name.IndexOf('?', StringComparison.Ordinal));
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        var kind = CutAt(name, colon);
        name = name[(colon + 1)..];
        if (colon > 0 && kind == "N")
        {
            return name;
        }

        // Parameters, and the return type that tells conversions apart, follow the name; braces hold type arguments with dots of their own.
        name = CutAt(name, name.IndexOfAny(['(', '~', '[']));
        name = Arguments().Replace(name, string.Empty);
        name = Arity().Replace(name, string.Empty).TrimEnd('*');
        name = Constructor().Replace(name, string.Empty);
        name = name[(name.LastIndexOfAny(['.', '#', '+']) + 1)..];
        return name.StartsWith("op_", StringComparison.Ordinal) ? name[3..] : name;
    }

    private static void Append(XElement element, StringBuilder text)
    {
        foreach (var node in element.Nodes())
        {
            if (node is XText plain)
            {
                text.Append(plain.Value);
            }
            else if (node is XElement inner)
            {
                AppendElement(inner, text);
            }
        }
    }

    private static void AppendElement(XElement element, StringBuilder text)
    {
        switch (element.Name.LocalName)
        {
            case "see" or "seealso" or "xref" or "paramref" or "typeparamref":
                AppendReference(element, text);
                break;
            case "listheader":
                // The heads of a table's columns ("Value", "Meaning") say nothing once the table is running text.
                break;
            case "term" when element.ElementsAfterSelf().Any():
                AppendBlock(element, text);
                text.Append(": ");
                break;
            case "code" when element.Value.Contains('\n', StringComparison.Ordinal):
                // A listing is a program, not text; its place keeps a space.
                text.Append(' ');
                break;
            case "para" when IsListing(element):
                break;
            case "sup":
                text.Append('^');
                Append(element, text);
                break;
            case "para" or "p" or "br" or "list" or "ul" or "ol" or "li" or "item" or "term" or "description":
                AppendBlock(element, text);
                break;
            default:
                Append(element, text);
                break;
        }
    }

    // A hardware intrinsic's summary lists its C prototype and its instructions, a paragraph each: nothing that ends like a sentence.
    private static bool IsListing(XElement paragraph) =>
        paragraph.Parent?.Parent?.Attribute("name")?.Value.Contains(":System.Runtime.Intrinsics.", StringComparison.Ordinal) == true
        && !paragraph.Value.TrimEnd().EndsWith('.');

    private static void AppendBlock(XElement element, StringBuilder text)
    {
        text.Append(' ');
        var start = text.Length;
        Append(element, text);
        while (text.Length > start && char.IsWhiteSpace(text[^1]))
        {
            text.Length--;
        }

        if (element.Name.LocalName != "term")
        {
            text.Append(' ');
        }
    }

    private static void AppendReference(XElement element, StringBuilder text)
    {
        if (!string.IsNullOrWhiteSpace(element.Value))
        {
            Append(element, text);
        }
        else if ((element.Attribute("cref") ?? element.Attribute("uid")) is { } id)
        {
            text.Append(ShortName(id.Value));
        }
        else
        {
            text.Append((element.Attribute("langword") ?? element.Attribute("name"))?.Value);
        }
    }

    private static string WithoutMarkdown(string text)
    {
        // Nearly every text has none of these marks: one look spares the regular expressions.
        if (!text.AsSpan().ContainsAny('[', '`', '*')
            && !text.Contains("xref:", StringComparison.Ordinal)
            && !text.Contains(":System.", StringComparison.Ordinal))
        {
            return text;
        }

        text = Include().Replace(text, " ");
        text = Link().Replace(text, "$1");
        text = CrossReference().Replace(text, match => ShortName(match.Groups[1].Value));
        text = BareId().Replace(text, match => ShortName(match.Value));
        text = Code().Replace(text, "$1");
        return Emphasis().Replace(text, "$1");
    }

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string CutAt(string text, int index) => index < 0 ? text : text[..index];

    [GeneratedRegex(@"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")]
    private static partial Regex Arguments();

    [GeneratedRegex("`+[0-9]+")]
    private static partial Regex Arity();

    [GeneratedRegex(@"[.#]#c?ctor$")]
    private static partial Regex Constructor();

    [GeneratedRegex(@"\[!INCLUDE\s*\[[^\]]*\]\([^)]*\)\s*\]", RegexOptions.IgnoreCase)]
    private static partial Regex Include();

    [GeneratedRegex(@"!?\[([^\[\]]+)\]\([^()\s]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"<?xref:([^\s<>,;]*[^\s<>,;.])>?")]
    private static partial Regex CrossReference();

    // A documentation id that its writer left outside any tag.
    [GeneratedRegex(@"\b[TMPFE]:System\.[\w.]*\w(?:`+[0-9]+)?")]
    private static partial Regex BareId();

    [GeneratedRegex("`([^`\r\n]+)`")]
    private static partial Regex Code();

    // Only a closed pair around words is emphasis: void **object is a pointer.
    [GeneratedRegex(@"\*\*(\S(?:[^*]*\S)?)\*\*(?!\w)")]
    private static partial Regex Emphasis();
}
