using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>
/// Which token goes to which expert, sorted by expert: the rows of one expert follow each other, its tokens ascending, so its products are
/// dense. The arrays grow when they must and are kept from step to step: what lies beyond the counts is left over.
/// </summary>
public sealed unsafe class DispatchPlan
{
    /// <summary>The most rows of a block: enough for a product to run at its rate, few enough for two cores to share the experts evenly.</summary>
    public const int DefaultBlockRows = 128;

    private readonly List<ExpertBlock> _blocks = [];
    private int[] _chosen = [];
    private int[] _next = [];
    private int[] _firstBlock = [];
    private int _blockRows;

    /// <summary>Rows in all: the (token, slot) pairs that were not dropped.</summary>
    public int Rows { get; private set; }

    /// <summary>Tokens of the last <see cref="Build"/>.</summary>
    public int Tokens { get; private set; }

    /// <summary>Slots a token, K.</summary>
    public int Slots { get; private set; }

    /// <summary>Number of experts, N.</summary>
    public int ExpertCount { get; private set; }

    /// <summary>[N + 1]: expert e has the rows from Offsets[e] up to, not including, Offsets[e + 1].</summary>
    public int[] Offsets { get; private set; } = [];

    /// <summary>[Rows]: the token of a row.</summary>
    public int[] RowToken { get; private set; } = [];

    /// <summary>[Rows]: the slot, 0 to K − 1, of the token by which it chose the row's expert.</summary>
    public int[] RowSlot { get; private set; } = [];

    /// <summary>[tokens · K]: the row of a token's slot, at token · K + slot; −1 when the slot was dropped.</summary>
    public int[] SlotRow { get; private set; } = [];

    /// <summary>Sorts the pairs by counting them: linear in their number, and the same result every time.</summary>
    /// <param name="experts">[tokens, K]: the expert of every slot; −1 when it was dropped.</param>
    /// <param name="expertCount">Number of experts, N.</param>
    /// <param name="blockRows">The most rows of a block.</param>
    /// <exception cref="ArgumentException">An index is neither −1 nor an expert's.</exception>
    public void Build(Matrix<int> experts, int expertCount, int blockRows = DefaultBlockRows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(expertCount);
        var pairs = checked(experts.Rows * experts.Columns);
        Offsets = Grown(Offsets, expertCount + 1);
        _chosen = Grown(_chosen, pairs);
        _next = Grown(_next, expertCount);
        _firstBlock = Grown(_firstBlock, expertCount + 1);
        RowToken = Grown(RowToken, pairs);
        RowSlot = Grown(RowSlot, pairs);
        SlotRow = Grown(SlotRow, pairs);
        (Tokens, Slots, ExpertCount, _blockRows) = (experts.Rows, experts.Columns, expertCount, 0);
        Count(experts);
        Place();
        Cut(blockRows);
        _blockRows = blockRows; // what threw above is no plan of anything
    }

    /// <summary>Whether it is what <see cref="Build"/> would make of this.</summary>
    internal bool IsOf(Matrix<int> experts, int expertCount, int blockRows)
    {
        if ((Tokens, Slots, ExpertCount, _blockRows) != (experts.Rows, experts.Columns, expertCount, blockRows))
        {
            return false;
        }

        for (var token = 0; token < Tokens; token++)
        {
            if (!experts.Row(token).SequenceEqual(_chosen.AsSpan(token * Slots, Slots)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The rows of every expert, cut into blocks that stay in a core's cache: one task each.</summary>
    public IReadOnlyList<ExpertBlock> Blocks => _blocks;

    /// <summary>The blocks of one expert.</summary>
    public ReadOnlySpan<ExpertBlock> BlocksOf(int expert) =>
        CollectionsMarshal.AsSpan(_blocks)[_firstBlock[expert].._firstBlock[expert + 1]];

    /// <summary>The block that follows one in the plan: empty after the last.</summary>
    /// <param name="block">One of <see cref="Blocks"/>, at any place.</param>
    public ExpertBlock After(ExpertBlock block)
    {
        var next = _firstBlock[block.Expert] + 1;
        for (; _blocks[next - 1].First < block.First; next++)
        {
        }

        return At(next);
    }

    /// <summary>The block that follows one of the same expert: empty after the expert's last.</summary>
    /// <param name="block">One of <see cref="Blocks"/>, at any place.</param>
    public ExpertBlock AfterInExpert(ExpertBlock block) => After(block) is var next && next.Expert == block.Expert ? next : default;

    /// <summary>The first block that follows an expert's own: empty after the last, and where there is more than one expert.</summary>
    /// <param name="expert">Experts of the plan.</param>
    public ExpertBlock After(ExpertRange expert) => expert.Count == 1 ? At(_firstBlock[expert.First + 1]) : default;

    /// <summary>The rows of one expert.</summary>
    public Matrix<T> RowsOf<T>(Matrix<T> rows, int expert)
        where T : unmanaged => rows.RowRange(Offsets[expert], Offsets[expert + 1] - Offsets[expert]);

    private ExpertBlock At(int block) => block < _blocks.Count ? _blocks[block] : default;

    private static int[] Grown(int[] array, int length) => array.Length >= length ? array : new int[length];

    private void Count(Matrix<int> experts)
    {
        Offsets.AsSpan(0, ExpertCount + 1).Clear();

        // Pointers here and below, and locals: the other threads wait for this one.
        fixed (int* offsets = Offsets, chosen = _chosen, rowToken = RowToken, rowSlot = RowSlot)
        {
            var (pair, tokens, slots, count) = (0, Tokens, Slots, (uint)ExpertCount);
            for (var token = 0; token < tokens; token++)
            {
                // What is placed below lies anywhere, and no step has touched those lines since: they are on their way meanwhile.
                Simd.Ask(rowToken + pair, slots);
                Simd.Ask(rowSlot + pair, slots);
                for (var slot = 0; slot < slots; slot++, pair++)
                {
                    var expert = experts[token, slot];
                    chosen[pair] = expert;
                    if ((uint)expert < count)
                    {
                        offsets[expert + 1]++;
                    }
                    else if (expert != -1)
                    {
                        throw new ArgumentException(
                            $"DispatchPlan.Build: experts[{token}, {slot}] of [{Tokens}, {Slots}] is {expert}; "
                            + $"experts run from 0 to {ExpertCount - 1}, and -1 drops the slot.",
                            nameof(experts));
                    }
                }
            }
        }
    }

    private void Place()
    {
        for (var expert = 0; expert < ExpertCount; expert++)
        {
            _next[expert] = Offsets[expert];
            Offsets[expert + 1] += Offsets[expert];
        }

        Rows = Offsets[ExpertCount];
        fixed (int* next = _next, chosen = _chosen, rowToken = RowToken, rowSlot = RowSlot, slotRow = SlotRow)
        {
            var (pair, tokens, slots) = (0, Tokens, Slots);
            for (var token = 0; token < tokens; token++)
            {
                for (var slot = 0; slot < slots; slot++, pair++)
                {
                    var expert = chosen[pair];
                    if (expert < 0)
                    {
                        slotRow[pair] = -1;
                        continue;
                    }

                    var row = next[expert]++;
                    slotRow[pair] = row;
                    rowToken[row] = token;
                    rowSlot[row] = slot;
                }
            }
        }
    }

    private void Cut(int blockRows)
    {
        _blocks.Clear();
        for (var expert = 0; expert < ExpertCount; expert++)
        {
            var rows = Offsets[expert + 1] - Offsets[expert];
            var parts = (rows + blockRows - 1) / blockRows;
            for (var part = 0; part < parts; part++)
            {
                var (first, end) = ((int)((long)rows * part / parts), (int)((long)rows * (part + 1) / parts));
                _blocks.Add(new ExpertBlock(expert, Offsets[expert] + first, end - first));
            }

            _firstBlock[expert + 1] = _blocks.Count;
        }
    }
}

/// <summary>Some rows of one expert.</summary>
/// <param name="Expert">Which expert.</param>
/// <param name="First">The first row in the sorted order.</param>
/// <param name="Rows">How many.</param>
public readonly record struct ExpertBlock(int Expert, int First, int Rows)
{
    /// <summary>The first row's place in working memory: as in the sorted order, unless experts follow each other in the same memory.</summary>
    public int Place { get; init; } = First;
}
