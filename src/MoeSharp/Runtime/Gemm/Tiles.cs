namespace MoeSharp.Runtime;

/// <summary>The compiled micro-kernels, by size. Each is compiled when it is first called.</summary>
internal static unsafe class Tiles<T, TVector, TLanes>
    where T : unmanaged
    where TVector : unmanaged
    where TLanes : struct, ILanes<T, TVector>
{
    /// <summary>Elements a register holds.</summary>
    public static int Lanes => sizeof(TVector) / sizeof(T);

    /// <summary>Rows of the largest tile: with two registers a row, all sums and what feeds them fit 32 registers, or the 16 before AVX-512.</summary>
    public static int Rows => sizeof(TVector) == 64 ? 12 : 6;

    /// <summary>
    /// How many of <paramref name="left"/> rows the next tile takes. The last two share evenly: a thin tile has too few sums in flight to hide
    /// the latency of a multiply-add.
    /// </summary>
    public static int Next(int left) => left >= 2 * Rows || left <= Rows ? Math.Min(left, Rows) : (left + 1) / 2;

    /// <summary>The kernel for tiles of <paramref name="rows"/> rows (1 to 12) and two registers a row.</summary>
    public static delegate*<nint, T*, nint, nint, T*, nint, T*, nint, bool, Ahead*, void> Wide(int rows) => Of<Bytes.Two>(rows);

    /// <summary>The kernel for tiles of <paramref name="rows"/> rows (1 to 12) and one register a row.</summary>
    public static delegate*<nint, T*, nint, nint, T*, nint, T*, nint, bool, Ahead*, void> Narrow(int rows) => Of<Bytes.One>(rows);

    private static delegate*<nint, T*, nint, nint, T*, nint, T*, nint, bool, Ahead*, void> Of<TRegisters>(int rows)
        where TRegisters : unmanaged => rows switch
        {
            1 => &Tile<T, TVector, TLanes>.Run<Bytes.One, TRegisters>,
            2 => &Tile<T, TVector, TLanes>.Run<Bytes.Two, TRegisters>,
            3 => &Tile<T, TVector, TLanes>.Run<Bytes.Three, TRegisters>,
            4 => &Tile<T, TVector, TLanes>.Run<Bytes.Four, TRegisters>,
            5 => &Tile<T, TVector, TLanes>.Run<Bytes.Five, TRegisters>,
            6 => &Tile<T, TVector, TLanes>.Run<Bytes.Six, TRegisters>,
            7 => &Tile<T, TVector, TLanes>.Run<Bytes.Seven, TRegisters>,
            8 => &Tile<T, TVector, TLanes>.Run<Bytes.Eight, TRegisters>,
            9 => &Tile<T, TVector, TLanes>.Run<Bytes.Nine, TRegisters>,
            10 => &Tile<T, TVector, TLanes>.Run<Bytes.Ten, TRegisters>,
            11 => &Tile<T, TVector, TLanes>.Run<Bytes.Eleven, TRegisters>,
            _ => &Tile<T, TVector, TLanes>.Run<Bytes.Twelve, TRegisters>,
        };
}
