using Xunit.Sdk;

namespace MoeSharp.Generators.Tests.Harness;

public sealed class SnapshotTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("moesharp-snapshot-");

    private string Name => Path.Combine(_folder.FullName, "Layer");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_new_text_fails_names_the_command_and_leaves_what_came()
    {
        FailException failure = Assert.Throws<FailException>(() => Snapshot.Verify("a\n", Name, "txt", accept: false));

        Assert.Contains("MOE_ACCEPT=1 dotnet test tests/MoeSharp.Generators.Tests", failure.Message);
        Assert.Equal("a\n", File.ReadAllText(Name + ".received.txt"));
        Assert.False(File.Exists(Name + ".verified.txt"));
    }

    [Fact]
    public void A_changed_text_fails_with_the_first_line_that_differs()
    {
        File.WriteAllText(Name + ".verified.cs", "a\nb\nc\n");

        FailException failure = Assert.Throws<FailException>(() => Snapshot.Verify("a\nB\nc\n", Name, "cs", accept: false));

        Assert.Contains("at line 2\n  - b\n  + B\n", failure.Message);
    }

    [Fact]
    public void An_accepted_text_passes_from_then_on_and_removes_what_came_before()
    {
        File.WriteAllText(Name + ".received.cs", "old");

        Snapshot.Verify("a\n", Name, "cs", accept: true);
        Snapshot.Verify("a\n", Name, "cs", accept: false);

        Assert.False(File.Exists(Name + ".received.cs"));
    }

    [Fact]
    public void A_carriage_return_is_never_accepted() =>
        Assert.Throws<FalseException>(() => Snapshot.Verify("a\r\n", Name, "cs", accept: true));
}
