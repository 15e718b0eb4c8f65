using System.Diagnostics;
using System.Text.Json;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>A Python process that does the same work in PyTorch, or libtorch's products alone, when it is asked to.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts the process.</summary>
    /// <param name="python">An interpreter that has PyTorch.</param>
    /// <param name="threads">Threads of torch and of its BLAS.</param>
    public Peer(string python, int threads)
    {
        Threads = threads;
        var script = Path.Combine(AppContext.BaseDirectory, "SideBySide", "side_by_side.py");
        var start = new ProcessStartInfo(python, ["-u", script, $"{threads}"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // Both libraries read these before their first product, and OpenBLAS keeps a pool of its own.
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";
        start.Environment.Remove("LD_LIBRARY_PATH");
        _process = Process.Start(start)!;
    }

    /// <summary>Threads of torch and of its BLAS.</summary>
    public int Threads { get; }

    /// <summary>Asks for one measurement.</summary>
    /// <param name="work">The function, and</param>
    /// <param name="arguments">its arguments.</param>
    /// <returns>Seconds, or bytes.</returns>
    /// <exception cref="InvalidOperationException">The peer failed; the message is its own.</exception>
    public double Measure(string work, IReadOnlyDictionary<string, object> arguments)
    {
        var request = JsonSerializer.Serialize(arguments.Append(new("work", work)).ToDictionary());
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"PyTorch's process ended at {request}.");
        var answer = JsonDocument.Parse(line).RootElement;
        return answer.TryGetProperty("error", out var error)
            ? throw new InvalidOperationException($"PyTorch's process at {request}: {error.GetString()}")
            : answer.GetProperty("value").GetDouble();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
