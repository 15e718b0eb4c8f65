using System.ComponentModel;
using System.Diagnostics;

namespace MoeSharp.Tests.Oracle;

/// <summary>The machine's Python with PyTorch, where it has one: Debian's python3-torch first, then what <c>python3</c> is on the path.</summary>
internal static class Python
{
    private static readonly string[] s_candidates = ["/usr/bin/python3", "python3"];
    private static readonly Lazy<(string? Executable, string? Missing)> s_found = new(Find);

    /// <summary>Why there is none; null where there is one. Tried once a process.</summary>
    public static string? Missing => s_found.Value.Missing;

    /// <summary>Runs a script.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message is what it wrote.</exception>
    public static void Run(IReadOnlyList<string> arguments)
    {
        var python = s_found.Value.Executable ?? throw new InvalidOperationException(Missing);
        var (code, errors) = Start(python, arguments);
        if (code != 0)
        {
            throw new InvalidOperationException($"{python} {string.Join(' ', arguments)} ended with {code}: {errors}");
        }
    }

    private static (string? Executable, string? Missing) Find()
    {
        var reasons = new List<string>();
        foreach (var candidate in s_candidates)
        {
            try
            {
                var (code, errors) = Start(candidate, ["-c", "import numpy, torch; torch.frombuffer"]);
                if (code == 0)
                {
                    return (candidate, null);
                }

                reasons.Add($"{candidate}: {errors.Trim().Split('\n')[^1]}");
            }
            catch (Win32Exception failure)
            {
                reasons.Add($"{candidate}: {failure.Message}");
            }
        }

        return (null, $"No python3 with PyTorch 1.10 or later here (on Debian: apt-get install python3-torch). {string.Join("; ", reasons)}");
    }

    private static (int Code, string Errors) Start(string executable, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(executable, arguments) { RedirectStandardError = true };

        // The path may lead to the libtorch of the TorchSharp under test, which is not that of this Python.
        start.Environment.Remove("LD_LIBRARY_PATH");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, errors);
    }
}
