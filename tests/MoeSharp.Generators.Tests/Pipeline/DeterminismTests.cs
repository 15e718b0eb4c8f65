using System.Globalization;
using MoeSharp.Generators.Tests.Harness;
using MoeSharp.Generators.Tests.Snapshots;

namespace MoeSharp.Generators.Tests.Pipeline;

/// <summary>The same declaration gives the same bytes, whatever the machine, its culture and the editor that wrote the file.</summary>
public sealed class DeterminismTests
{
    public static TheoryData<string> Names => Samples.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_source_gives_the_same_text_twice(string name) =>
        Assert.Equal(Compile.Generate(Samples.Sources[name]), Compile.Generate(Samples.Sources[name]));

    /// <summary>
    /// Numbers as in German and Swedish, where they would no longer be C#. (The tests run without the machine's cultures, so this one is made by hand; casing
    /// that depends on a culture, as in Turkish, does not get past the generator's banned symbols.)
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Another_culture_gives_the_same_text(string name)
    {
        var expected = Compile.Generate(Samples.Sources[name]);
        CultureInfo before = CultureInfo.CurrentCulture;
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "\u2212";
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.Equal("\u22122,5", $"{-2.5}");
            Assert.Equal(expected, Compile.Generate(Samples.Sources[name]));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_byte_order_mark_and_other_line_ends_give_the_same_text(string name) => Assert.Equal(
        Compile.Generate(Samples.Sources[name]),
        Compile.Generate("\uFEFF" + Samples.Sources[name].Replace("\n", "\r\n")));

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_has_line_feeds_alone_no_mark_and_one_line_end_at_its_end(string name) => Assert.All(
        Compile.Generate(Samples.Sources[name]).Values,
        text =>
        {
            Assert.DoesNotContain('\r', text);
            Assert.DoesNotContain('\uFEFF', text);
            Assert.DoesNotContain('\t', text);
            Assert.EndsWith("}\n", text);
            Assert.DoesNotContain("\n\n\n", text);
        });
}
