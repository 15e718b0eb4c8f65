using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Diagnostics;

public sealed class PositionTests
{
    public static readonly IReadOnlyList<object[]> Cases =
    [
        .. ClassCases.All, .. SizeCases.All, .. GateCases.All, .. AttentionCases.All, .. BalanceCases.All, .. TrainingCases.All, .. CapacityCases.All, .. RecipeCases.All,
    ];

    /// <summary>One mistake is one diagnostic, under the argument that is wrong, and the compiler adds none of its own.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_mistake_is_underlined_once_where_it_stands(string id, string marked)
    {
        Markup source = Markup.Parse(marked);

        ImmutableArray<Diagnostic> found = await Compile.DiagnosticsAsync(source.Text);

        IEnumerable<string> expected = source.Spans.Select(span => $"{id} {source.Text.Substring(span.Start, span.Length)} at {span}");
        IEnumerable<string> actual = found.OrderBy(diagnostic => diagnostic.Location.SourceSpan.Start)
            .Select(diagnostic => $"{diagnostic.Id} {TextAt(diagnostic.Location)} at {diagnostic.Location.SourceSpan}");
        Assert.Equal(expected, actual);
        Assert.DoesNotContain(found, diagnostic => diagnostic.GetMessage().Contains('{'));
    }

    [Fact]
    public void Every_diagnostic_has_a_case() =>
        Assert.Equal(Descriptors.All.Select(descriptor => descriptor.Id), Cases.Select(row => (string)row[0]).Distinct());

    [Fact]
    public async Task A_message_gives_the_numbers_and_says_what_to_do()
    {
        ImmutableArray<Diagnostic> found = await Compile.DiagnosticsAsync("[Experts(8, Active = 9, Dim = 64, Hidden = 32)] public partial class Layer;");

        Assert.Equal("Active = 9, but [Experts(8)] has only 8 experts; a token cannot go to more experts than there are", Assert.Single(found).GetMessage());
    }

    [Fact]
    public async Task The_offending_part_of_several_is_underlined()
    {
        const string First = "[Experts(8, Active = 2, Dim = 64, Hidden = 32)] public partial class Layer;";
        const string Second = "[Gate(Sigmoid, Scale = -1)] public partial class Layer;";

        Diagnostic found = Assert.Single(await Compile.DiagnosticsAsync(First, Second));

        Assert.Equal("Scale = -1", TextAt(found.Location));
        Assert.Equal("File2.cs", found.Location.SourceTree!.FilePath);
    }

    [Fact]
    public async Task A_warning_can_be_suppressed() => Assert.Empty((await Compile.DiagnosticsAsync("""
        #pragma warning disable MOE0208
        [Experts(8, Active = 2, Dim = 64, Hidden = 32), Gate(Sigmoid, Groups = 4)]
        public partial class Layer;
        """)).Where(found => !found.IsSuppressed));

    /// <summary>Without a balance bias a group is judged by its best expert alone, whatever the gate.</summary>
    [Theory]
    [InlineData("Softmax")]
    [InlineData("Sigmoid")]
    public async Task A_group_may_have_one_expert_where_there_is_no_bias(string gate) => Assert.Empty(await Compile.DiagnosticsAsync($"""
        [Experts(8, Active = 2, Dim = 64, Hidden = 32), Gate({gate}, Groups = 8, TopGroups = 4)]
        public partial class Layer;
        """));

    private static string TextAt(Location location) => location.SourceTree!.GetText().ToString(location.SourceSpan);
}
