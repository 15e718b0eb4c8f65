using System.Text;
using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class ApiDocumentationTests
{
    private const string Xml = """
        <?xml version="1.0" encoding="utf-8"?>
        <doc><assembly><name>A</name></assembly><members>
          <member name="T:A.B"><summary>Does it.</summary><remarks /><value>A value.</value><seealso cref="T:A.C" /><example>None.</example></member>
          <member name="M:A.B.C(System.Int32)">
            <param name="x">The <paramref name="x" />.</param><returns>A <see cref="T:System.Int32" />.</returns>
            <exception cref="T:System.Exception"><paramref name="x" /> &lt; 0.</exception><typeparam name="T">A type.</typeparam>
          </member>
        </members></doc>
        """;

    [Fact]
    public void The_human_elements_are_read_in_order_from_the_newest_pack_that_has_any()
    {
        using var sdk = new TemporaryDirectory();
        sdk.Write("packs/Microsoft.NETCore.App.Ref/9.0.10/ref/net9.0/Old.xml", Xml);
        sdk.Write("packs/Microsoft.NETCore.App.Ref/10.0.2/ref/net10.0/A.xml", Xml);
        sdk.Write("packs/Microsoft.NETCore.App.Ref/10.0.2/ref/net10.0/de/A.xml", Xml);
        sdk.Write("packs/Microsoft.NETCore.App.Ref/10.0.2-rc.1/ref/net10.0/Preview.xml", Xml);
        sdk.Write("packs/Microsoft.NETCore.App.Ref/11.0.0/ref/net11.0/A.dll", "no documentation");
        var document = Assert.Single(ApiDocumentation.Load(["/no/such/root", sdk.Path]));
        Assert.Equal("A", document.Name);
        Assert.Equal(["Does it.", "A value.", "The x.", "A Int32.", "x < 0.", "A type."], document.Lines);
    }

    [Fact]
    public void An_sdk_without_documentation_is_one_line_that_says_what_to_do()
    {
        using var sdk = new TemporaryDirectory();
        var failure = Assert.Throws<TextDataException>(() => ApiDocumentation.Load([sdk.Path]));
        Assert.Contains("--data DIR", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void A_damaged_file_is_named()
    {
        using var sdk = new TemporaryDirectory();
        var file = sdk.Write("packs/Microsoft.NETCore.App.Ref/10.0.2/ref/net10.0/A.xml", Xml[..200]);
        var failure = Assert.Throws<TextDataException>(() => ApiDocumentation.Load([sdk.Path]));
        Assert.Contains(file, failure.Message, StringComparison.Ordinal);
    }

    // An SDK may ship no documentation; then the corpus cannot be tested, and its error is what must hold.
    [Fact]
    public void The_real_corpus_is_clean_and_splits_without_a_common_line()
    {
        IReadOnlyList<TextDocument> documents;
        try
        {
            documents = ApiDocumentation.Load();
        }
        catch (TextDataException failure)
        {
            Assert.Contains("--data DIR", failure.Message, StringComparison.Ordinal);
            return;
        }

        var corpus = TextCorpus.Split(documents);
        var training = CorpusLines.Of(corpus.Training);
        var validation = CorpusLines.Of(corpus.Validation);
        Assert.Equal(training.Length, training.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(training.Intersect(validation, StringComparer.Ordinal));
        Assert.NotEmpty(corpus.ValidationDocuments);
        var share = corpus.Validation.Length / (double)(corpus.Training.Length + corpus.Validation.Length);
        Assert.InRange(share, TextCorpus.DefaultValidationShare / 2, TextCorpus.DefaultValidationShare);
        string[] noise = ["  ", "\t", "T:System.", "M:System.", "cref=", "xref:", "[!", "<see ", "<paramref "];
        Assert.DoesNotContain(
            training.Concat(validation),
            line => line != line.Trim() || noise.Any(mark => line.Contains(mark, StringComparison.Ordinal)));
    }
}

internal static class CorpusLines
{
    public static string[] Of(byte[] text)
    {
        Assert.Equal((byte)'\n', text[^1]);
        return Encoding.UTF8.GetString(text.AsSpan(0, text.Length - 1)).Split('\n');
    }
}
