using System.Text;
using Microsoft.CodeAnalysis.Text;

namespace MoeSharp.Generators.Tests.Harness;

/// <summary>Source whose marked spots, between <c>[|</c> and <c>|]</c>, are where something is expected.</summary>
internal sealed record Markup(string Text, IReadOnlyList<TextSpan> Spans)
{
    public static Markup Parse(string marked)
    {
        var text = new StringBuilder();
        var spans = new List<TextSpan>();
        int at = 0;
        for (int open; (open = marked.IndexOf("[|", at, StringComparison.Ordinal)) >= 0;)
        {
            int close = marked.IndexOf("|]", open, StringComparison.Ordinal);
            text.Append(marked, at, open - at);
            spans.Add(new TextSpan(text.Length, close - open - 2));
            text.Append(marked, open + 2, close - open - 2);
            at = close + 2;
        }

        return new(text.Append(marked, at, marked.Length - at).ToString(), spans);
    }
}
