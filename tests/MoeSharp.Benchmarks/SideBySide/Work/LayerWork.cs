using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>A layer, forward and backward: against its own products alone, PyTorch eager, and a dense product of the same FLOPs.</summary>
internal static class LayerWork
{
    private const double ProductsSingle = 1.15;
    private const double ProductsHalf = 1.3;
    private const double DenseSingle = 1.25;
    private const double DenseHalf = 2;

    /// <summary>The rows of all shapes in one type.</summary>
    public static void Measure(Machine machine, Table table, ScalarType dtype)
    {
        var half = dtype == ScalarType.BFloat16;
        var (name, request) = half ? ("bf16", "bfloat16") : ("fp32", "float32");
        foreach (var shape in LayerShape.All)
        {
            using var ours = new LayerRun(shape.Layer, shape.Tokens, shape.Dim, dtype);
            var layer = shape.Request(request);
            var turns = Turns.Take(
                machine.Rounds,
                ("ours", ours.Seconds),
                ("products", () => machine.Products(layer)),
                ("dense", () => machine.Dense(request, shape.Flops)),
                ("one thread", () => machine.Peers[0].Measure("layer", layer)),
                ("two threads", () => machine.Peers[1].Measure("layer", layer)));
            var eager = turns.Best("one thread", "two threads");
            var (work, dense) = ($"layer, forward + backward, {name}, {shape}", turns.Ratio("ours", "dense"));
            table.Add(new Goal(work, "its own products alone", turns.Ratio("ours", "products"), half ? ProductsHalf : ProductsSingle, "×", dense)
            {
                Note = FormattableString.Invariant($"{turns.Median("ours") * 1e3:0} ms; products {turns.Ratio("products", "dense"):0.00} × dense"),
            });
            table.Add(new Goal(work, "PyTorch eager", turns.Ratio(eager, "ours"), half ? shape.EagerHalf : shape.EagerSingle, "× faster", dense)
            {
                AtLeast = true,
                Note = FormattableString.Invariant($"eager, {eager}: {turns.Median(eager) * 1e3:0} ms, {turns.Ratio(eager, "dense"):0.0} × dense: a layer as quick as the dense product would be {turns.Ratio(eager, "dense"):0.0} × faster"),
            });
            table.Add(new Goal(work, "one dense product of the same FLOPs", dense, half ? DenseHalf : DenseSingle, "×", dense) { Note = "the prize" });
            table.Add(new Bar($"{name}, {shape}", "PyTorch eager", turns.Ratio(eager, "dense")));
            table.Add(new Bar($"{name}, {shape}", "its products alone, libtorch", turns.Ratio("products", "dense")));
            table.Add(new Bar($"{name}, {shape}", "MoeSharp", dense));
        }
    }
}
