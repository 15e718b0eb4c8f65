namespace MoeSharp.Data;

/// <summary>
/// Counts of every n-gram of a text up to one length. Level n holds the distinct n-grams in sorted order, so the n-grams that extend one
/// (n−1)-gram are neighbours: a byte, a count, and where its own extensions begin one level down.
/// </summary>
internal sealed class NGramTrie
{
    /// <summary>The longest n-gram: seven symbols of nine bits fill a 64-bit key.</summary>
    public const int MaxLength = 7;

    private const int SymbolBits = 9;

    // Stands behind the text's last byte, so that the shorter n-grams at the end are counted too.
    private const int End = 256;

    private readonly Level[] _levels;

    private NGramTrie(Level[] levels) => _levels = levels;

    /// <summary>Counts a text's n-grams.</summary>
    /// <param name="text">The text.</param>
    /// <param name="length">The longest n-gram, 1 to <see cref="MaxLength"/>.</param>
    public static NGramTrie Count(ReadOnlySpan<byte> text, int length)
    {
        var keys = SortedKeys(text, length);
        var levels = new Level[length + 1];
        for (var n = 0; n <= length; n++)
        {
            levels[n] = new Level();
        }

        // The sorted keys are read once. A key differs from the one before from some symbol on: there and below begin new n-grams.
        levels[0].Add(0, firstChild: 0);
        levels[0].Counts[0] = text.Length;
        var previous = ~0UL;
        foreach (var key in keys)
        {
            var grown = false;
            for (var n = 1; n <= length; n++)
            {
                var prefix = key >> (SymbolBits * (length - n));
                var symbol = (int)(prefix & ((1 << SymbolBits) - 1));
                if (symbol == End)
                {
                    break;
                }

                grown |= prefix != previous >> (SymbolBits * (length - n));
                if (grown)
                {
                    levels[n].Add((byte)symbol, n < length ? levels[n + 1].Size : 0);
                }

                levels[n].Counts[levels[n].Size - 1]++;
            }

            previous = key;
        }

        return new NGramTrie(levels);
    }

    /// <summary>What is known of a history and the byte after it.</summary>
    /// <param name="history">At most one byte less than the longest n-gram.</param>
    /// <param name="next">The byte after it.</param>
    /// <returns>How often the history was followed by a byte, by how many different ones, and how often by this one.</returns>
    public (int Following, int Distinct, int Count) Lookup(ReadOnlySpan<byte> history, byte next)
    {
        var node = 0;
        for (var n = 0; n < history.Length; n++)
        {
            node = Child(n, node, history[n]);
            if (node < 0)
            {
                return default;
            }
        }

        var below = _levels[history.Length + 1];
        var (first, end) = Children(history.Length, node);
        var following = 0;
        for (var child = first; child < end; child++)
        {
            following += below.Counts[child];
        }

        var found = Child(history.Length, node, next);
        return (following, end - first, found < 0 ? 0 : below.Counts[found]);
    }

    private static ulong[] SortedKeys(ReadOnlySpan<byte> text, int length)
    {
        var keys = new ulong[text.Length];
        var mask = (1UL << (SymbolBits * length)) - 1;
        var key = 0UL;
        for (var i = 0; i < text.Length + length - 1; i++)
        {
            key = ((key << SymbolBits) | (i < text.Length ? text[i] : (ulong)End)) & mask;
            if (i >= length - 1)
            {
                keys[i - length + 1] = key;
            }
        }

        Array.Sort(keys);
        return keys;
    }

    private (int First, int End) Children(int level, int node)
    {
        var (here, below) = (_levels[level], _levels[level + 1]);
        return (here.FirstChild[node], node + 1 < here.Size ? here.FirstChild[node + 1] : below.Size);
    }

    private int Child(int level, int node, byte symbol)
    {
        var (first, end) = Children(level, node);
        var found = Array.BinarySearch(_levels[level + 1].Symbols, first, end - first, symbol);
        return found < 0 ? -1 : found;
    }

    private sealed class Level
    {
        public byte[] Symbols = new byte[256];
        public int[] Counts = new int[256];
        public int[] FirstChild = new int[256];

        public int Size { get; private set; }

        public void Add(byte symbol, int firstChild)
        {
            if (Size == Symbols.Length)
            {
                Array.Resize(ref Symbols, 2 * Size);
                Array.Resize(ref Counts, 2 * Size);
                Array.Resize(ref FirstChild, 2 * Size);
            }

            (Symbols[Size], FirstChild[Size]) = (symbol, firstChild);
            Size++;
        }
    }
}
