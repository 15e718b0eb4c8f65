using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>The tokens each expert got, added up over the last steps of a run.</summary>
public sealed class ExpertTotals
{
    private readonly SortedDictionary<int, long[]> _counts = [];
    private readonly SortedDictionary<int, long> _dropped = [];

    /// <summary>Steps added up.</summary>
    public int Steps { get; private set; }

    /// <summary>Per sparse layer: its index and the tokens each of its experts got.</summary>
    public IEnumerable<(int Layer, IReadOnlyList<long> Counts)> Layers => _counts.Select(pair => (pair.Key, (IReadOnlyList<long>)pair.Value));

    /// <summary>Pairs of a token and an expert that a layer dropped.</summary>
    public long Dropped(int layer) => _dropped.GetValueOrDefault(layer);

    /// <summary>Adds one step's counts.</summary>
    internal void Add(IReadOnlyList<ExpertLoad> loads)
    {
        Steps++;
        foreach (var load in loads)
        {
            _dropped[load.Layer] = Dropped(load.Layer) + load.Dropped;
            if (!_counts.TryGetValue(load.Layer, out var totals))
            {
                _counts[load.Layer] = totals = new long[load.Counts.Count];
            }

            for (var expert = 0; expert < totals.Length; expert++)
            {
                totals[expert] += load.Counts[expert];
            }
        }
    }
}
