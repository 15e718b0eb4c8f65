using System.Diagnostics;
using MoeSharp.Benchmarks.Declared;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>One token through a layer whose weights are in no cache: against reading the weights it meets once.</summary>
internal static class DecodeWork
{
    // Four layers of 0.8 GB in turn, and every token meets other experts.
    private const int Layers = 4;
    private const int TokensATurn = 100;
    private const int Dim = 1024;

    /// <summary>The row.</summary>
    public static void Measure(Machine machine, Table table)
    {
        using var bandwidth = new Bandwidth();
        using var quiet = no_grad();
        manual_seed(1);
        var layers = Enumerable.Range(0, Layers).Select(_ => new Wide256()).ToArray();
        foreach (var layer in layers)
        {
            layer.eval();
        }

        using var inputs = randn(TokensATurn, 1, Dim);
        double Token()
        {
            var watch = new Stopwatch();
            for (var token = 0; token < TokensATurn; token++)
            {
                using var scope = NewDisposeScope();
                var x = inputs[token];
                watch.Start();
                layers[token % Layers].forward(x);
                watch.Stop();
            }

            return watch.Elapsed.TotalSeconds / TokensATurn;
        }

        for (var warm = 0; warm < 3; warm++)
        {
            Token();
        }

        var parameters = 9.0 * 3 * 256 * Dim + (256 * Dim);
        var turns = Turns.Take(
            machine.Rounds,
            ("token", Token),
            ("read", () => parameters * sizeof(float) / bandwidth.Read()),
            ("dense", () => machine.Dense("float32", 2 * parameters)));
        table.Add(new Goal("one token, forward, 1024 wide, 256/8/1×256, fp32, weights in no cache", "reading the active weights once", turns.Ratio("token", "read"), 1.5, "×", turns.Ratio("token", "dense"))
        {
            Note = FormattableString.Invariant($"{turns.Median("token") * 1e3:0.00} ms; reads at {parameters * sizeof(float) / turns.Median("read") / 1e9:0} GB/s"),
        });
        foreach (var layer in layers)
        {
            layer.Dispose();
        }
    }
}
