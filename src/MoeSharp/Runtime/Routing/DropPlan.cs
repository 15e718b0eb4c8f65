using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>The pairs of a token and an expert by the group their expert lies in, for who decides which of them go. The arrays are kept from step to step.</summary>
internal sealed class DropPlan
{
    private static readonly Comparison<Pair> s_bestFirst = (a, b) =>
    {
        // CompareTo, not <: NaN comes after every number.
        var byScore = b.Score.CompareTo(a.Score);
        return byScore != 0 ? byScore : a.Place.CompareTo(b.Place);
    };

    private Pair[] _pairs = [];
    private int[] _ends = [];

    /// <summary>Empties the groups and makes room.</summary>
    /// <param name="groups">How many groups.</param>
    /// <param name="pairs">The most pairs in all.</param>
    public void Begin(int groups, int pairs)
    {
        _ends = _ends.Length > groups ? _ends : new int[groups + 1];
        _pairs = _pairs.Length >= pairs ? _pairs : new Pair[pairs];
        _ends.AsSpan(0, groups + 1).Clear();
    }

    /// <summary>Pairs of every group that were counted so far.</summary>
    public Span<int> Counts(int groups) => _ends.AsSpan(1, groups);

    /// <summary>From counts to where groups begin: all pairs are counted, and are added next.</summary>
    public void Lay(int groups)
    {
        for (var group = 0; group < groups; group++)
        {
            _ends[group + 1] += _ends[group];
        }

        // A group's begin moves to its end as pairs are added, which is the next group's begin: one array serves both.
        _ends.AsSpan(0, groups).CopyTo(_ends.AsSpan(1, groups));
        _ends[0] = 0;
    }

    /// <summary>Adds a pair to its group.</summary>
    public void Add(int group, double score, int place) => _pairs[_ends[group + 1]++] = new Pair(score, place);

    /// <summary>The pairs of a group that go where it has so many places: all but the best, and none that is exempt.</summary>
    public ReadOnlySpan<Pair> Beyond(int group, int places)
    {
        var pairs = _pairs.AsSpan(_ends[group], _ends[group + 1] - _ends[group]);
        if (pairs.Length <= places)
        {
            return [];
        }

        pairs.Sort(s_bestFirst);
        while (places < pairs.Length && double.IsPositiveInfinity(pairs[places].Score))
        {
            places++;
        }

        return pairs[places..];
    }

    /// <summary>A token's choice of an expert.</summary>
    /// <param name="Score">Its score; +∞ where it is exempt.</param>
    /// <param name="Place">token · K + slot.</param>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Pair(double Score, int Place);
}
