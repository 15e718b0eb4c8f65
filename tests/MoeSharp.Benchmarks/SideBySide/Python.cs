using System.ComponentModel;
using System.Diagnostics;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>The machine's Python with PyTorch: Debian's first, because it stands on the same libtorch.</summary>
internal static class Python
{
    /// <summary>Finds one, or installs Debian's <c>python3-torch</c> where that may be done.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says how to get it.</exception>
    public static string Find()
    {
        string[] candidates = ["/usr/bin/python3", "python3"];
        if (candidates.FirstOrDefault(HasTorch) is { } found)
        {
            return found;
        }

        if (Environment.IsPrivilegedProcess && File.Exists("/usr/bin/apt-get"))
        {
            Console.WriteLine("No PyTorch here: installing python3-torch");
            Ends("/usr/bin/apt-get", "update");
            Ends("/usr/bin/apt-get", "install", "-y", "python3-torch", "libopenblas0-pthread");
        }

        return candidates.FirstOrDefault(HasTorch)
            ?? throw new InvalidOperationException("No python3 with PyTorch here. On Debian or Ubuntu: sudo apt-get install -y python3-torch libopenblas0-pthread");
    }

    private static bool HasTorch(string python) => Ends(python, "-c", "import torch");

    private static bool Ends(string executable, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(executable, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
            start.Environment.Remove("LD_LIBRARY_PATH");
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.Wait();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
