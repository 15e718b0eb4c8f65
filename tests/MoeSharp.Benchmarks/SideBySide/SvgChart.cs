using System.Globalization;
using System.Security;
using System.Text;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>The bars as an SVG picture: a group a work, a bar for each who does it, as multiples of the machine's dense rate.</summary>
internal static class SvgChart
{
    private const int Width = 860;
    private const int Left = 250;
    private const int Right = 60;
    private const int BarHeight = 16;
    private const int GroupGap = 14;
    private const int Top = 64;

    private static readonly string[] s_colours = ["#b0b7c3", "#7aa6d8", "#2f6f4f"];

    /// <summary>Draws them.</summary>
    public static string Draw(IReadOnlyList<Bar> bars)
    {
        string[] names = [.. bars.Select(bar => bar.Name).Distinct()];
        var longest = bars.Select(bar => bar.Value).DefaultIfEmpty(1).Max();
        var body = new StringBuilder();
        var y = Top;
        foreach (var group in bars.GroupBy(bar => bar.Group))
        {
            var height = group.Count() * BarHeight;
            body.Append(Text(Left - 8, y + (height / 2) + 4, "end", group.Key));
            foreach (var bar in group)
            {
                var width = bar.Value / longest * (Width - Left - Right);
                body.Append(FormattableString.Invariant(
                    $"  <rect x=\"{Left}\" y=\"{y}\" width=\"{width:0.#}\" height=\"{BarHeight - 2}\" fill=\"{s_colours[Array.IndexOf(names, bar.Name) % s_colours.Length]}\"/>\n"));
                body.Append(Text(Left + width + 4, y + 12, "start", bar.Value.ToString("0.00", CultureInfo.InvariantCulture)));
                y += BarHeight;
            }

            y += GroupGap;
        }

        var legend = string.Concat(names.Select((name, i) => FormattableString.Invariant(
            $"  <rect x=\"{Left + (i * 190)}\" y=\"34\" width=\"12\" height=\"12\" fill=\"{s_colours[i % s_colours.Length]}\"/>\n") + Text(Left + (i * 190) + 18, 44, "start", name)));
        return FormattableString.Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{y}\" font-family=\"sans-serif\" font-size=\"12\">\n")
            + FormattableString.Invariant($"  <rect width=\"{Width}\" height=\"{y}\" fill=\"white\"/>\n")
            + Text(12, 20, "start", "Time as a multiple of a dense product of the same FLOPs on both cores; shorter is faster")
            + legend + body + "</svg>\n";
    }

    private static string Text(double x, double y, string anchor, string text) =>
        FormattableString.Invariant($"  <text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\">{SecurityElement.Escape(text)}</text>\n");
}
