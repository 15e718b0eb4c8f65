using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Diagnostics;

public sealed partial class HelpPageTests
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../generators/MoeSharp.Generators/Diagnostics");

    public static TheoryData<string> Ids => [.. Descriptors.All.Select(descriptor => descriptor.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_help_link_leads_to_its_entry(string id) => Assert.Equal(
        $"https://github.com/moesharp/moesharp/blob/main/generators/MoeSharp.Generators/Diagnostics/README.md#{id.ToLowerInvariant()}",
        Descriptors.Get(id).HelpLinkUri);

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_examples_of_an_entry_are_wrong_and_right(string id)
    {
        (string wrong, string right) = Examples(id);

        Assert.All(await Compile.DiagnosticsAsync(wrong), found => Assert.Equal(id, found.Id));
        Assert.NotEmpty(await Compile.DiagnosticsAsync(wrong));
        Assert.Empty(await Compile.DiagnosticsAsync(right));
    }

    [Fact]
    public void The_page_has_an_entry_an_id_in_order() =>
        Assert.Equal(Descriptors.All.Select(descriptor => descriptor.Id), Heading().Matches(Page()).Select(match => match.Groups[1].Value));

    /// <summary>The release notes list exactly the table's rows, with their category and severity.</summary>
    [Fact]
    public void The_release_notes_list_every_id() => Assert.Equal(
        Descriptors.All.Select(descriptor => $"{descriptor.Id} | {descriptor.Category} | {descriptor.DefaultSeverity} | {descriptor.Title}"),
        File.ReadLines(Path.Combine(Folder, "AnalyzerReleases.Shipped.md"))
            .Concat(File.ReadLines(Path.Combine(Folder, "AnalyzerReleases.Unshipped.md")))
            .Where(line => line.StartsWith("MOE", StringComparison.Ordinal)));

    [Fact]
    public void A_message_is_one_sentence_without_a_full_stop() => Assert.All(Descriptors.All, descriptor =>
    {
        string message = descriptor.MessageFormat.ToString();
        Assert.DoesNotContain('\n', message);
        Assert.False(message.EndsWith('.') && !message.EndsWith("...", StringComparison.Ordinal), message);
        Assert.True(descriptor.DefaultSeverity is DiagnosticSeverity.Error or DiagnosticSeverity.Warning);
    });

    private static string Page() => File.ReadAllText(Path.Combine(Folder, "README.md"));

    private static (string Wrong, string Right) Examples(string id)
    {
        string entry = Page().Split($"## {id}\n")[1].Split("\n## ")[0];
        string[] code = [.. CodeBlock().Matches(entry).Select(match => match.Groups[1].Value)];
        Assert.Equal(2, code.Length);
        return (code[0], code[1]);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^## (MOE\d{4})$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
