using MoeSharp.Data;
using Xunit;

namespace MoeSharp.Tests.Data;

public class TextCorpusTests
{
    [Fact]
    public void A_directory_is_read_in_ordinal_order_and_only_its_text()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("b.txt", "\uFEFFsecond \r\n\r\n  indented\n");
        directory.Write("a/z.md", "first é");
        directory.Write("B", "capital");
        directory.Write("binary.bin", [1, 0, 2]);
        directory.Write("latin1.txt", [0xE9, 0x20]);
        directory.Write("empty.txt", " \n");
        directory.Write(".git/config", "hidden");
        directory.Write("a/.hidden", "hidden");
        Directory.CreateSymbolicLink(Path.Combine(directory.Path, "loop"), directory.Path);
        var documents = TextDirectory.Load(directory.Path);
        Assert.Equal(["B", "a/z.md", "b.txt"], documents.Select(document => document.Name));
        Assert.Equal(["capital", "first é", "second", "  indented"], documents.SelectMany(document => document.Lines));
    }

    [Fact]
    public void Missing_empty_and_unreadable_directories_say_so_in_one_line()
    {
        using var directory = new TemporaryDirectory();
        Assert.Contains("no text in it", Failure(directory.Path), StringComparison.Ordinal);
        Assert.Contains("does not exist", Failure(Path.Combine(directory.Path, "nowhere")), StringComparison.Ordinal);
        Assert.Contains("is a file", Failure(directory.Write("file", "text")), StringComparison.Ordinal);

        // A link to nowhere cannot be read, whoever runs the test; permissions would not stop root.
        var link = Path.Combine(directory.Path, "link.txt");
        File.CreateSymbolicLink(link, Path.Combine(directory.Path, "nowhere"));
        Assert.Contains(link, Failure(directory.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_go_to_one_side_whole_and_no_line_to_both()
    {
        using var directory = new TemporaryDirectory();
        for (var file = 0; file < 200; file++)
        {
            // A line of its own, one shared with the neighbour, one shared by all (once indented).
            directory.Write($"{file:d3}.txt", $"own {file}\nshared {(file + 1) / 2}\n{(file % 2 == 0 ? "  " : string.Empty)}common\n");
        }

        var corpus = TextCorpus.Load(directory.Path);
        var training = CorpusLines.Of(corpus.Training);
        var validation = CorpusLines.Of(corpus.Validation);
        Assert.Empty(training.Select(line => line.Trim()).Intersect(validation.Select(line => line.Trim())));
        Assert.Equal(200 + 101 + 1, training.Length + validation.Length);
        Assert.InRange(corpus.Validation.Length / (double)(corpus.Training.Length + corpus.Validation.Length), 0.02, 0.04);
        var own = validation.Where(line => line.StartsWith("own", StringComparison.Ordinal));
        Assert.Equal(corpus.ValidationDocuments.Select(name => $"own {int.Parse(name[..3])}"), own);
    }

    [Fact]
    public void The_split_depends_on_the_seed_and_on_nothing_else()
    {
        var documents = Enumerable.Range(0, 100).Select(i => new TextDocument($"d{i}", [$"line {i}"])).ToList();
        var first = TextCorpus.Split(documents, seed: 1);
        Assert.Equal(first.Validation, TextCorpus.Split(documents, seed: 1).Validation);
        Assert.NotEqual(first.ValidationDocuments, TextCorpus.Split(documents, seed: 2).ValidationDocuments);

        // Fixed numbers: another machine, or the next .NET, must choose the same documents.
        Assert.Equal(["d2", "d20", "d41", "d80"], first.ValidationDocuments);
    }

    [Fact]
    public void One_document_is_split_at_its_end()
    {
        var corpus = TextCorpus.Split([new TextDocument("only", [.. Enumerable.Range(0, 1000).Select(i => $"line {i:d4}")])]);
        Assert.Empty(corpus.ValidationDocuments);
        Assert.Equal(Enumerable.Range(960, 40).Select(i => $"line {i:d4}"), CorpusLines.Of(corpus.Validation));
        Assert.Equal("line 0959", CorpusLines.Of(corpus.Training)[^1]);
    }

    [Fact]
    public void Two_lines_are_the_least_that_can_be_split()
    {
        var corpus = TextCorpus.Split([new TextDocument("a", ["one"]), new TextDocument("b", ["two", "one"])]);
        Assert.Equal("one\n"u8, corpus.Training);
        Assert.Equal("two\n"u8, corpus.Validation);
        var failure = Assert.Throws<TextDataException>(() => TextCorpus.Split([new TextDocument("a", ["one", " one "])]));
        Assert.Contains("too little", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => TextCorpus.Split([], validationShare: 1));
    }

    [Fact]
    public void Baselines_learn_training_and_measure_validation()
    {
        var corpus = TextCorpus.Split([new TextDocument("only", [.. Enumerable.Range(0, 1000).Select(i => $"line {i:d4}")])]);
        var baselines = Baselines.Of(corpus);
        Assert.Equal(WittenBell.Train(corpus.Training).BitsPerByte(corpus.Validation), baselines.WittenBell);
        Assert.Equal(GzipBaseline.BitsPerByte(corpus.Validation), baselines.Gzip);
        Assert.Equal(baselines.WittenBell.Min(), baselines.BestByteModel);
        Assert.Equal(baselines.BestByteModel, baselines.WittenBell[baselines.BestOrder]);
    }

    private static string Failure(string directory)
    {
        var message = Assert.Throws<TextDataException>(() => TextDirectory.Load(directory)).Message;
        Assert.Contains(directory, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
