using System.Runtime.Intrinsics.X86;

namespace MoeSharp.Runtime;

/// <summary>The micro-kernels of <see cref="PairTile"/>, written when the first is asked for.</summary>
internal static unsafe class PairTiles
{
    private static readonly int s_ends = Enum.GetValues<PairTileEnd>().Length;
    private static readonly nint[]? s_kernels = Make();

    /// <summary>
    /// Whether this machine has them: a processor with AVX512_BF16, and a system that lets a process write code. Not where the processor multiplies whole tiles
    /// (AMX), which libtorch knows how to use: these are several times as quick.
    /// </summary>
    public static bool AreSupported => s_kernels is not null;

    /// <summary>The kernel for tiles of some rows, 1 to <see cref="PairTile.MostRows"/>.</summary>
    public static delegate* unmanaged<PairTileCall*, void> Of(int rows, PairTileEnd end) =>
        (delegate* unmanaged<PairTileCall*, void>)s_kernels![((rows - 1) * s_ends) + (int)end];

    /// <summary>How many of <paramref name="left"/> rows the next tile takes: all tiles take about as many.</summary>
    public static int Next(int left)
    {
        var tiles = (left + PairTile.MostRows - 1) / PairTile.MostRows;
        return (left + tiles - 1) / tiles;
    }

    // What the processor says of itself in leaf 7: AVX512_BF16 is bit 5 of EAX in the first subleaf, AMX-BF16 bit 22 of EDX before. That the system keeps the
    // wide registers, .NET has asked.
    private static bool HasInstruction
    {
        get
        {
            if (!Avx512BW.IsSupported || X86Base.CpuId(0, 0).Eax < 7)
            {
                return false;
            }

            var (subleaves, _, _, features) = X86Base.CpuId(7, 0);
            return subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0 && (features & (1 << 22)) == 0;
        }
    }

    private static nint[]? Make()
    {
        if (!MachineCode.IsSupported || !HasInstruction)
        {
            return null;
        }

        var code = new Assembler();
        var places = new nint[PairTile.MostRows * s_ends];
        for (var kernel = 0; kernel < places.Length; kernel++)
        {
            places[kernel] = code.Position;
            PairTile.Write(code, (kernel / s_ends) + 1, (PairTileEnd)(kernel % s_ends));
        }

        var memory = MachineCode.Publish(code.ToArray());
        return memory is null ? null : Array.ConvertAll(places, place => (nint)memory + place);
    }
}
