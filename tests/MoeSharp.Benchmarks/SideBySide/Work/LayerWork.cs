using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>Layers, forward and backward: against their own products alone, against PyTorch eager, and against one dense product of the same FLOPs.</summary>
internal static class LayerWork
{
    private const double ProductsSingle = 1.15;
    private const double ProductsHalf = 1.3;
    private const double DenseSingle = 1.25;
    private const double DenseHalf = 2;

    // Forward and backward each read the weights; their gradients are written, and what an ordinary store writes is read before.
    private const int PassesOverWeights = 4;

    /// <summary>The rows of all shapes in one type.</summary>
    public static void Measure(Machine machine, Table table, ScalarType dtype)
    {
        var half = dtype == ScalarType.BFloat16;
        var (name, request) = half ? ("bf16", "bfloat16") : ("fp32", "float32");
        using var bandwidth = new Bandwidth();
        for (var index = 0; index < LayerShape.All.Count; index++)
        {
            var shape = LayerShape.All[index];
            using var ours = new LayerRun(shape.Layer, shape.Tokens, shape.Dim, dtype);
            var layer = shape.Request(request);
            var bytes = PassesOverWeights * shape.Parameters * (half ? 2.0 : 4.0);
            var turns = Turns.Take(
                machine.Rounds,
                ("ours", ours.Seconds),
                ("products", () => machine.Products(layer)),
                ("dense", () => machine.Dense(request, shape.Flops)),
                ("one thread", () => machine.Peers[0].Measure("layer", layer)),
                ("two threads", () => machine.Peers[1].Measure("layer", layer)),
                ("memory", () => bytes / bandwidth.Copy()),
                ("peak", () => shape.Flops / (half ? PairDots.Rate() : FusedMultiplyAdds.Rate())));
            var eager = turns.Best("one thread", "two threads");
            var (work, dense) = ($"layer, forward + backward, {name}, {shape}", turns.Ratio("ours", "dense"));
            table.Add(new Goal(work, "its own products alone", turns.Ratio("ours", "products"), half ? ProductsHalf : ProductsSingle, "×", dense)
            {
                Note = FormattableString.Invariant($"{turns.Median("ours") * 1e3:0} ms; products {turns.Ratio("products", "dense"):0.00} × dense"),
            });
            table.Add(new Goal(work, "PyTorch eager", turns.Ratio(eager, "ours"), half ? shape.EagerHalf : shape.EagerSingle, "× faster", dense)
            {
                AtLeast = true,
                Note = FormattableString.Invariant($"eager, {eager}: {turns.Median(eager) * 1e3:0} ms; at the dense rate {turns.Ratio(eager, "dense"):0.0} × faster{AtPeak(turns, eager)}, as quick as its own products alone {turns.Ratio(eager, "products"):0.0} ×"),
            });
            table.Add(new Goal(work, "one dense product of the same FLOPs", dense, half ? DenseHalf : DenseSingle, "×", dense)
            {
                Note = "the prize: " + Parts(turns, dense, Child.Start(Child.LayerOutsideProducts, $"{index}", $"{dtype}"), shape.Flops),
            });
            table.Add(new Bar($"{name}, {shape}", "PyTorch eager", turns.Ratio(eager, "dense")));
            table.Add(new Bar($"{name}, {shape}", "its products alone, libtorch", turns.Ratio("products", "dense")));
            table.Add(new Bar($"{name}, {shape}", "MoeSharp", dense));
        }
    }

    private static string AtPeak(Turns turns, string eager) =>
        HasPeak(turns) ? FormattableString.Invariant($", at the processor's peak {turns.Ratio(eager, "peak"):0.0} ×") : "";

    private static bool HasPeak(Turns turns) => !double.IsNaN(turns.Median("peak"));

    /// <summary>What the ratio to the dense product consists of, and what lies under both.</summary>
    private static string Parts(Turns turns, double dense, double outside, double flops)
    {
        var cores = MoeSharp.Runtime.Workers.Shared.Count;
        double PerCore(double seconds) => flops / seconds / cores / 1e9;

        var peak = HasPeak(turns) ? FormattableString.Invariant($", {100 * turns.Ratio("peak", "dense"):0} % of the peak of {PerCore(turns.Median("peak")):0}") : "";
        return FormattableString.Invariant(
            $"products {(1 - outside) * dense:0.00} × ({PerCore((1 - outside) * turns.Median("ours")):0} GFLOP/s a core; dense {PerCore(turns.Median("dense")):0}{peak}), outside them {outside * dense:0.00} ×; weights and gradients at memory's rate {1e3 * turns.Median("memory"):0} of {1e3 * turns.Median("ours"):0} ms");
    }
}
