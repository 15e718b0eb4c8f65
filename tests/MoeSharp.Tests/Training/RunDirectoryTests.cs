using MoeSharp.Tests.Data;
using MoeSharp.Training;
using Xunit;

namespace MoeSharp.Tests.Training;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Lines_are_on_the_disk_when_they_are_written_and_follow_on_when_opened_again()
    {
        var path = Path.Combine(_directory.Path, "a", "b");
        using (var run = RunDirectory.Create(path, _ => { }))
        {
            run.Log(line => line.WriteNumber("step", 1));
            using var reader = new StreamReader(new FileStream(Path.Combine(path, "metrics.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            Assert.Equal("{\"step\":1}\n", reader.ReadToEnd());
        }

        using (var run = RunDirectory.Open(path, 1))
        {
            run.Log(line => line.WriteNumber("step", 2));
        }

        Assert.Equal("{\"step\":1}\n{\"step\":2}\n", File.ReadAllText(Path.Combine(path, "metrics.jsonl")));
    }

    [Fact]
    public void Lines_after_the_checkpoint_and_half_a_line_are_cut()
    {
        var path = Path.Combine(_directory.Path, "run");
        using (RunDirectory.Create(path, _ => { }))
        {
        }

        var log = Path.Combine(path, "metrics.jsonl");
        File.WriteAllText(log, "{\"step\":9}\nnot ours\n{\"step\":10}\n{\"step\":10,\"validation_loss\":1}\n{\"step\":11}\n{\"step\":12}\n{\"ste");
        using (var run = RunDirectory.Open(path, 10))
        {
            run.Log(line => line.WriteNumber("step", 11));
        }

        Assert.Equal("{\"step\":9}\nnot ours\n{\"step\":10}\n{\"step\":10,\"validation_loss\":1}\n{\"step\":11}\n", File.ReadAllText(log));
    }

    [Fact]
    public void A_directory_with_something_in_it_is_not_touched()
    {
        var file = _directory.Write("kept.txt", "kept");
        var failure = Assert.Throws<CheckpointException>(() => RunDirectory.Create(_directory.Path, _ => throw new InvalidOperationException()));
        Assert.Contains($"{_directory.Path} is already there and is not overwritten", failure.Message, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFileSystemEntries(_directory.Path));
        Assert.Equal("kept", File.ReadAllText(file));
    }

    [Fact]
    public void A_place_below_a_file_cannot_be_written_to()
    {
        var path = Path.Combine(_directory.Write("file", "kept"), "run");
        var failure = Assert.Throws<CheckpointException>(() => RunDirectory.Create(path, _ => { }));
        Assert.StartsWith($"{path} cannot be written to: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void A_file_in_its_place_stays()
    {
        var path = _directory.Write("file", "kept");
        Assert.Throws<CheckpointException>(() => RunDirectory.Create(path, _ => { }));
        Assert.Equal("kept", File.ReadAllText(path));
    }

    [Fact]
    public void An_empty_directory_is_taken()
    {
        using var run = RunDirectory.Create(_directory.Path, _ => { });
        Assert.Equal(_directory.Path, run.Directory);
    }
}
