using System.Xml.Linq;
using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class DocumentationTextTests
{
    [Theory]
    [InlineData("T:System.String", "String")]
    [InlineData("T:System.Collections.Generic.Dictionary`2", "Dictionary")]
    [InlineData("T:System.Collections.Generic.Dictionary`2.Enumerator", "Enumerator")]
    [InlineData("T:System.Environment+SpecialFolder", "SpecialFolder")]
    [InlineData("M:System.IO.File.Open(System.String)", "Open")]
    [InlineData("M:System.Formats.Asn1.AsnWriter.PopSequence(System.Nullable{System.Formats.Asn1.Asn1Tag})", "PopSequence")]
    [InlineData("M:System.Net.ServerSentEvents.SseParser.Create``1(System.IO.Stream,System.Net.ServerSentEvents.SseItemParser{``0})", "Create")]
    [InlineData("M:System.String.#ctor(System.Char[])", "String")]
    [InlineData("M:System.Collections.Generic.List`1.#ctor", "List")]
    [InlineData("M:System.Numerics.BigInteger.op_Implicit(System.Int32)~System.Numerics.BigInteger", "Implicit")]
    [InlineData("M:System.Array.System#Collections#IList#Add(System.Object)", "Add")]
    [InlineData("M:System.Collections.Immutable.ImmutableArray`1.System#Collections#Immutable#IImmutableList{T}#AddRange(System.Int32)", "AddRange")]
    [InlineData("P:System.Span`1.Length", "Length")]
    [InlineData("F:System.Int32.MaxValue", "MaxValue")]
    [InlineData("E:System.Diagnostics.Process.Exited", "Exited")]
    [InlineData("N:System.Security.Cryptography", "System.Security.Cryptography")]
    [InlineData("Overload:System.Text.RegularExpressions.Regex.Match", "Match")]
    [InlineData("System.Text.Json.JsonSerializer.Serialize*", "Serialize")]
    [InlineData("System.Collections.Generic.IAsyncEnumerable%601?displayProperty=nameWithType", "IAsyncEnumerable")]
    [InlineData("!:Missing", "Missing")]
    public void A_reference_becomes_the_name_a_reader_expects(string id, string expected) => Assert.Equal(expected, DocumentationText.ShortName(id));

    [Theory]
    [InlineData("""<see langword="true" /> if <paramref name="a" />.<see cref="P:System.Span`1.Length" /> &lt; 3.""", "true if a.Length < 3.")]
    [InlineData("""The <see cref="F:System.Int32.MaxValue">Int32.MaxValue</see> of <typeparamref name="T" />.""", "The Int32.MaxValue of T.")]
    [InlineData("""An <xref data-throw-if-not-resolved="true" uid="System.IAsyncResult"></xref> object.""", "An IAsyncResult object.")]
    [InlineData("""The <code data-dev-comment-type="paramref">buffer</code> to fill.""", "The buffer to fill.")]
    [InlineData("<see langword=\"null\" /> <see cref=\"T:System.Char\" />", "null Char")]
    [InlineData("  One\n   two\t three.\n", "One two three.")]
    [InlineData("<para>One.</para><para>-or-</para><para>Two.</para>", "One. -or- Two.")]
    [InlineData("log<sub>10</sub>(<c>10<sup>x</sup></c>)", "log10(10^x)")]
    [InlineData("""See:<list type="table"><listheader><term>Value</term><description>Meaning</description></listheader><item><term> Zero </term><description>Equal.</description></item></list>""", "See: Zero: Equal.")]
    [InlineData("""<list type="bullet"><item><description>One.</description></item><item><term>Two.</term></item></list>""", "One. Two.")]
    [InlineData("Before.<code>\nvar x = 1;\n</code>After.", "Before. After.")]
    [InlineData("[!INCLUDE[note](~/includes/note.md)] Reads a `byte`; see [the guide](https://learn.microsoft.com/guide).", "Reads a byte; see the guide.")]
    [InlineData("Calls &lt;xref:System.IO.File.Open*?displayProperty=nameWithType&gt;, then xref:System.IO.Stream.", "Calls Open, then Stream.")]
    [InlineData("A **bold** word, void **ppvObject, 2**3**4 and x[i] (j).", "A bold word, void **ppvObject, 2**3**4 and x[i] (j).")]
    [InlineData("An T:System.Linq.IQueryable`1 that throws a T:System.IO.IOException. E: drive.", "An IQueryable that throws a IOException. E: drive.")]
    [InlineData("", "")]
    public void An_element_becomes_one_clean_line(string inner, string expected) => Assert.Equal(expected, Of($"<summary>{inner}</summary>"));

    [Fact]
    public void A_hardware_intrinsic_keeps_its_sentences_and_loses_its_listing()
    {
        const string Paragraphs = "<summary><para>__m128i _mm_abs_epi8 (__m128i a)</para><para>PABSB xmm1, xmm2</para><para>The above is 128 bits.</para></summary>";
        Assert.Equal("The above is 128 bits.", Of(Paragraphs, "M:System.Runtime.Intrinsics.X86.Ssse3.Abs(System.Int32)"));
        Assert.StartsWith("__m128i _mm_abs_epi8", Of(Paragraphs, "M:System.Math.Abs(System.Int32)"), StringComparison.Ordinal);
    }

    private static string Of(string element, string member = "M:System.Math.Abs(System.Int32)") =>
        DocumentationText.Of(XElement.Parse($"<member name=\"{member}\">{element}</member>", LoadOptions.PreserveWhitespace).Elements().Single());
}
