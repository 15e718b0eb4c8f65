using MoeSharp.Benchmarks.Declared;
using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>What the number of experts costs at constant active FLOPs: beyond eight, only the memory of the others' weights and gradients.</summary>
internal static class CountWork
{
    private const int Tokens = 1024;
    private const int Dim = 512;
    private const int Hidden = 256;
    private const int Active = 4;

    private static readonly (int Experts, Func<MoeLayer> Layer)[] s_layers =
    [
        (16, () => new Of16()), (32, () => new Of32()), (64, () => new Of64()), (128, () => new Of128()), (256, () => new Of256()),
    ];

    /// <summary>The row: the worst of 16 to 256 experts.</summary>
    public static void Measure(Machine machine, Table table)
    {
        using var bandwidth = new Bandwidth();
        var found = new List<(int Experts, double Ratio, double Dense)>();
        foreach (var (experts, layer) in s_layers)
        {
            using var eight = new LayerRun(() => new Of8(), Tokens, Dim, ScalarType.Float32);
            using var many = new LayerRun(layer, Tokens, Dim, ScalarType.Float32);
            var extra = (experts - 8.0) * 3 * Dim * Hidden * sizeof(float);
            var flops = 6.0 * Tokens * Dim * ((3.0 * Hidden * Active) + experts);
            var turns = Turns.Take(
                machine.Rounds,
                ("many", many.Seconds),
                // Forward and backward each read the weights, backward writes their gradients.
                ("floor", () => eight.Seconds() + (2 * extra / bandwidth.Read()) + (extra / bandwidth.Write())),
                ("dense", () => machine.Dense("float32", flops)));
            found.Add((experts, turns.Ratio("many", "floor"), turns.Ratio("many", "dense")));
        }

        var worst = found.MaxBy(each => each.Ratio);
        table.Add(new Goal($"{Tokens}×{Dim}, 16 to 256 experts, {Active} active × {Hidden}, fp32: the worst", "8 experts, and the others' bytes", worst.Ratio, 1.3, "×", worst.Dense)
        {
            Note = string.Join(", ", found.Select(each => FormattableString.Invariant($"{each.Experts}: {each.Ratio:0.00}"))),
        });
    }
}
