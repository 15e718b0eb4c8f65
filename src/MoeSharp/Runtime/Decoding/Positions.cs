namespace MoeSharp.Runtime;

/// <summary>Where the rows of a batch stand in their sequences: rotary positions are computed from it.</summary>
public readonly struct Positions
{
    private readonly int[]? _past;

    /// <summary>Makes the positions of sequences that go on.</summary>
    /// <param name="sequence">Rows a sequence.</param>
    /// <param name="past">The tokens each sequence had before; null where all begin here.</param>
    internal Positions(int sequence, int[]? past)
    {
        Sequence = sequence;
        _past = past;
    }

    /// <summary>Rows a sequence.</summary>
    public int Sequence { get; }

    /// <summary>Whether all sequences begin with their first row here.</summary>
    public bool FromTheStart => _past is null;

    /// <summary>A row's position in its sequence.</summary>
    public int this[int row] => (row % Sequence) + (_past is null ? 0 : _past[row / Sequence]);

    /// <summary>One more than the greatest position of so many rows.</summary>
    public int End(int rows)
    {
        var end = Sequence;
        for (var row = Sequence - 1; _past is not null && row < rows; row += Sequence)
        {
            end = Math.Max(end, this[row] + 1);
        }

        return end;
    }

    /// <summary>Sequences that begin here, of so many rows each.</summary>
    public static implicit operator Positions(int sequence) => new(sequence, null);
}
