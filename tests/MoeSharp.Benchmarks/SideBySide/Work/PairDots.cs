using System.Diagnostics;
using MoeSharp.Runtime;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The most that both cores can compute in bf16: the micro-kernel over and over on numbers that stay in the first-level cache.</summary>
internal static unsafe class PairDots
{
    private const int Parts = 64;
    private const int Tiles = 2000;

    // Steps of one tile: its rows of a and its panel of b are 18 KB.
    private const int Pairs = 100;

    /// <summary>FLOPs a second, one loop a core at once; NaN where the processor has no such instruction.</summary>
    public static double Rate()
    {
        if (!PairTiles.AreSupported)
        {
            return double.NaN;
        }

        var watch = Stopwatch.StartNew();
        Workers.Shared.Run(Parts, _ => Loop());
        return 4.0 * Parts * Tiles * Pairs * PairTile.MostRows * PairTile.Columns / watch.Elapsed.TotalSeconds;
    }

    private static void Loop()
    {
        using var memory = Scratch<uint>.Rent((Pairs * (PairTile.MostRows + PairTile.Columns)) + (PairTile.MostRows * PairTile.Columns));
        new Span<uint>(memory.Pointer, Pairs * (PairTile.MostRows + PairTile.Columns)).Clear();
        var b = memory.Pointer + (Pairs * PairTile.MostRows);
        var call = new PairTileCall
        {
            A = memory.Pointer,
            ARow = Pairs * sizeof(uint),
            AStep = sizeof(uint),
            B = b,
            Depth = Pairs,
            C = b + (Pairs * PairTile.Columns),
            CRow = PairTile.Columns * sizeof(float),
            Ahead = Ahead.Nothing(memory.Pointer),
        };
        var kernel = PairTiles.Of(PairTile.MostRows, PairTileEnd.Store);
        for (var tile = 0; tile < Tiles; tile++)
        {
            kernel(&call);
        }
    }
}
