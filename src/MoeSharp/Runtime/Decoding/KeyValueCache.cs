namespace MoeSharp.Runtime;

/// <summary>
/// The keys and values of the tokens that some sequences already have, layer by layer: a further token attends to them and computes nothing of theirs
/// again. Each lowering has its own form of the memory; how far the sequences have come is the same in both.
/// </summary>
public abstract class KeyValueCache : IDisposable
{
    private readonly int[] _lengths;
    private readonly int[] _chosen;
    private readonly int[] _past;
    private int _count;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="sequences">How many sequences it has room for.</param>
    /// <param name="context">The most tokens a sequence may have.</param>
    protected KeyValueCache(int sequences, int context)
    {
        (_lengths, _chosen, _past) = (new int[sequences], new int[sequences], new int[sequences]);
        Context = context;
    }

    /// <summary>The most tokens a sequence may have.</summary>
    public int Context { get; }

    /// <summary>How many sequences it has room for.</summary>
    public int Sequences => _lengths.Length;

    /// <summary>The sequences that the next pass goes on with, in its order.</summary>
    public ReadOnlySpan<int> Chosen => _chosen.AsSpan(0, _count);

    /// <summary>The tokens that each of the chosen sequences had when it was chosen.</summary>
    internal int[] Past => _past;

    /// <summary>Tokens a sequence has.</summary>
    public int LengthOf(int sequence) => _lengths[sequence];

    /// <summary>Begins a sequence anew.</summary>
    public void Clear(int sequence) => _lengths[sequence] = 0;

    /// <summary>Chooses the sequences that the next pass goes on with.</summary>
    public void Choose(ReadOnlySpan<int> sequences)
    {
        sequences.CopyTo(_chosen);
        _count = sequences.Length;
        for (var i = 0; i < _count; i++)
        {
            _past[i] = _lengths[_chosen[i]];
        }
    }

    /// <summary>Counts the tokens that a pass has added to each of the chosen sequences.</summary>
    public void Advance(int tokens)
    {
        foreach (var sequence in Chosen)
        {
            _lengths[sequence] += tokens;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected abstract void Dispose(bool disposing);
}
