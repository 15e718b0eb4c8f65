using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>What becomes of a tile's sums.</summary>
internal enum PairTileEnd
{
    /// <summary>c = a·b in float.</summary>
    Store,

    /// <summary>c += a·b in float.</summary>
    Add,

    /// <summary>c = a·b rounded to bfloat16.</summary>
    StoreNarrow,

    /// <summary>c += a·b, both rounded to bfloat16 at once.</summary>
    AddNarrow,

    /// <summary>
    /// c = a·b rounded to bfloat16, past the cache: a row of the tile is a whole line, and has to begin with one. Such stores are in no order with others:
    /// a barrier comes after the last.
    /// </summary>
    StreamNarrow,
}

/// <summary>What a tile is told, as it lies in memory; distances are in bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PairTileCall
{
    /// <summary>The first pair of the tile's first row of a.</summary>
    public void* A;

    /// <summary>From one row of a to the next.</summary>
    public nint ARow;

    /// <summary>From one pair to the next in a.</summary>
    public nint AStep;

    /// <summary>The panel of b: <see cref="PairTile.Columns"/> pairs a step.</summary>
    public void* B;

    /// <summary>Pairs a sum; one at least.</summary>
    public nint Depth;

    /// <summary>The tile of c.</summary>
    public void* C;

    /// <summary>From one row of c to the next.</summary>
    public nint CRow;

    /// <summary>What to ask the cache for meanwhile: see <see cref="MoeSharp.Runtime.Ahead"/>.</summary>
    public Ahead Ahead;
}

/// <summary>
/// Writes the micro-kernel of products in bfloat16: a tile of c of up to 14 rows by two registers, whose 28 sums, a pair of a and a row of pairs of b are the 31
/// registers it takes. The processor adds two products at a time to a sum in float (VDPBF16PS), so both operands come in pairs along the depth:
/// <c>(x[2i], x[2i + 1])</c> in four bytes. Every element of c is one chain of such sums in the order of the depth, whatever the tile.
/// </summary>
/// <remarks>
/// The instructions take denormal numbers for zero and give none, whatever the thread's settings: what is below 2^−126 in an operand, in c or in a
/// sum is gone.
/// </remarks>
internal static class PairTile
{
    /// <summary>Rows of the largest tile.</summary>
    public const int MostRows = 14;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 32;

    private const int Line = 64;
    private const int Left = 28;
    private const int Right = 29;
    private const int Pair = 30;

    // Row r of a is at one of two bases and a multiple of the distance between rows.
    private const Register A = Register.Rdi;
    private const Register A7 = Register.Rdx;
    private const Register Row = Register.Rsi;
    private const Register Row3 = Register.Rcx;
    private const Register Row5 = Register.R8;
    private const Register Step = Register.R9;
    private const Register B = Register.R10;
    private const Register Call = Register.R11;
    private const Register Count = Register.Rax;
    private const Register Soon = Register.Rbx;
    private const Register SoonStep = Register.Rbp;
    private const Register Depth = Register.R12;
    private const Register Piece = Register.R13;

    private static readonly Register[] s_kept = [Register.Rbx, Register.Rbp, Register.R12, Register.R13];

    /// <summary>Writes a kernel: a function of the address of a <see cref="PairTileCall"/>.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="rows">Rows of the tile, 1 to <see cref="MostRows"/>.</param>
    /// <param name="end">What becomes of the sums.</param>
    public static void Write(Assembler code, int rows, PairTileEnd end)
    {
        foreach (var register in s_kept)
        {
            code.Push(register);
        }

        code.Move(Call, Register.Rdi);
        Begin(code, rows, end);
        code.Load(A, Field(nameof(PairTileCall.A)));
        code.Load(Row, Field(nameof(PairTileCall.ARow)));
        code.LoadAddress(Row3, new(Row, 0, Row, 2));
        code.LoadAddress(Row5, new(Row, 0, Row, 4));
        code.LoadAddress(A7, new(A, 0, Row3, 2));
        code.Add(A7, Row);
        code.Load(Step, Field(nameof(PairTileCall.AStep)));
        code.Load(B, Field(nameof(PairTileCall.B)));
        code.Load(Depth, Field(nameof(PairTileCall.Depth)));
        code.Load(Piece, AheadField(nameof(Ahead.First)));
        code.Load(SoonStep, AheadField(nameof(Ahead.Step)));
        Sum(code, rows);
        End(code, rows, end);
        foreach (var register in s_kept.Reverse())
        {
            code.Pop(register);
        }

        code.Return();
    }

    private static void Sum(Assembler code, int rows)
    {
        var nextPiece = code.Position;
        code.Load(Count, AheadField(nameof(Ahead.Steps)));
        code.Minimum(Count, Depth);
        code.Subtract(Depth, Count);
        code.Move(Soon, Piece);
        var nextStep = code.Position;
        code.Prefetch(new(Soon), first: false);
        code.LoadVector(Left, new(B));
        code.LoadVector(Right, new(B, Line));
        for (var row = 0; row < rows; row++)
        {
            code.Broadcast(Pair, AddressOf(row));
            code.Dot(LeftOf(row), Left, Pair);
            code.Dot(RightOf(row), Right, Pair);
        }

        code.Add(Soon, SoonStep);
        code.Add(B, 2 * Line);
        code.Add(A, Step);
        code.Add(A7, Step);
        code.DecrementAndRepeat(Count, nextStep);
        code.Load(Soon, AheadField(nameof(Ahead.Piece)));
        code.Add(Piece, Soon);
        code.RepeatUnlessZero(Depth, nextPiece);
    }

    // The sums begin with what they are added to; the tile is asked for where it is only written, long before that.
    private static void Begin(Assembler code, int rows, PairTileEnd end)
    {
        code.Load(Register.Rcx, Field(nameof(PairTileCall.C)));
        code.Load(Register.Rdx, Field(nameof(PairTileCall.CRow)));
        for (var row = 0; row < rows; row++)
        {
            switch (end)
            {
                case PairTileEnd.Add:
                    code.LoadVector(LeftOf(row), new(Register.Rcx));
                    code.LoadVector(RightOf(row), new(Register.Rcx, Line));
                    break;
                case PairTileEnd.AddNarrow:
                    code.LoadWidened(LeftOf(row), new(Register.Rcx));
                    code.LoadWidened(RightOf(row), new(Register.Rcx, Line / 2));
                    break;
                default:
                    code.Zero(LeftOf(row));
                    code.Zero(RightOf(row));
                    Ask(code, end);
                    break;
            }

            code.Add(Register.Rcx, Register.Rdx);
        }
    }

    private static void Ask(Assembler code, PairTileEnd end)
    {
        if (end == PairTileEnd.StreamNarrow)
        {
            return;
        }

        code.Prefetch(new(Register.Rcx), first: true);
        if (end == PairTileEnd.Store)
        {
            code.Prefetch(new(Register.Rcx, Line), first: true);
        }
    }

    private static void End(Assembler code, int rows, PairTileEnd end)
    {
        code.Load(Register.Rcx, Field(nameof(PairTileCall.C)));
        code.Load(Register.Rdx, Field(nameof(PairTileCall.CRow)));
        for (var row = 0; row < rows; row++)
        {
            if (end is PairTileEnd.Store or PairTileEnd.Add)
            {
                code.StoreVector(LeftOf(row), new(Register.Rcx));
                code.StoreVector(RightOf(row), new(Register.Rcx, Line));
            }
            else
            {
                code.Narrow(Pair, LeftOf(row), RightOf(row));
                if (end == PairTileEnd.StreamNarrow)
                {
                    code.StreamVector(Pair, new(Register.Rcx));
                }
                else
                {
                    code.StoreVector(Pair, new(Register.Rcx));
                }
            }

            code.Add(Register.Rcx, Register.Rdx);
        }
    }

    private static int LeftOf(int row) => 2 * row;

    private static int RightOf(int row) => (2 * row) + 1;

    private static Address AddressOf(int row)
    {
        var (start, rest) = row < 7 ? (A, row) : (A7, row - 7);
        return rest switch
        {
            0 => new(start),
            1 or 2 or 4 => new(start, 0, Row, rest),
            3 or 6 => new(start, 0, Row3, rest / 3),
            _ => new(start, 0, Row5),
        };
    }

    private static Address Field(string name) => new(Call, (int)Marshal.OffsetOf<PairTileCall>(name));

    private static Address AheadField(string name) =>
        new(Call, (int)Marshal.OffsetOf<PairTileCall>(nameof(PairTileCall.Ahead)) + (int)Marshal.OffsetOf<Ahead>(name));
}
