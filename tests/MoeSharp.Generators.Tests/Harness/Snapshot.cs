using System.Runtime.CompilerServices;

namespace MoeSharp.Generators.Tests.Harness;

/// <summary>
/// Compares text with a file beside the test, by the conventions of Verify: <c>Name.verified.cs</c> is what was reviewed,
/// <c>Name.received.cs</c> what came instead.
/// </summary>
internal static class Snapshot
{
    private const string Accept = "MOE_ACCEPT=1 dotnet test tests/MoeSharp.Generators.Tests";

    /// <param name="text">What came, with LF.</param>
    /// <param name="name">The file's name without its extensions; a type's or a test's name by custom.</param>
    /// <param name="extension"><c>cs</c> for generated code, <c>txt</c> for a printed program.</param>
    /// <param name="testFile">Filled in by the compiler: the snapshot lies beside it.</param>
    public static void Verify(string text, string name, string extension = "cs", [CallerFilePath] string testFile = "") =>
        Verify(text, Path.Combine(Path.GetDirectoryName(testFile)!, name), extension, IsSet("MOE_ACCEPT") && !IsSet("CI"));

    internal static void Verify(string text, string path, string extension, bool accept)
    {
        Assert.False(text.Contains('\r'), $"{Path.GetFileName(path)}: the text contains a carriage return; generated text has LF only.");
        string verified = $"{path}.verified.{extension}";
        string received = $"{path}.received.{extension}";
        if (accept)
        {
            File.WriteAllText(verified, text);
        }

        string? reviewed = File.Exists(verified) ? File.ReadAllText(verified) : null;
        if (reviewed == text)
        {
            File.Delete(received);
            return;
        }

        File.WriteAllText(received, text);
        Assert.Fail(reviewed is null
            ? $"{verified} does not exist. Read {received}; to accept it:\n  {Accept}"
            : $"{verified} differs from what came {FirstDifference(reviewed, text)}. Compare it with {received}; to accept that:\n  {Accept}");
    }

    private static string FirstDifference(string reviewed, string text)
    {
        string[] old = reviewed.Split('\n');
        string[] now = text.Split('\n');
        int line = Enumerable.Range(0, Math.Max(old.Length, now.Length)).First(i => old.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        return $"at line {line + 1}\n  - {old.ElementAtOrDefault(line)}\n  + {now.ElementAtOrDefault(line)}\n";
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is "1" or "true" or "True";
}
