using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>
/// What a module's gates did in training since the last <see cref="Clear"/>: the tokens of every expert, and the balance losses. Evaluation and
/// padding tokens never enter it. Safe to use from several threads.
/// </summary>
public sealed class RoutingLog
{
    private readonly Lock _gate = new();
    private readonly long[][] _counts;
    private readonly double[] _losses;
    private readonly int _experts;
    private readonly int _firstLayer;

    /// <summary>Makes an empty log.</summary>
    /// <param name="layers">Layers with a gate.</param>
    /// <param name="experts">Experts of each.</param>
    /// <param name="firstLayer">The model's index of the first of them.</param>
    public RoutingLog(int layers, int experts, int firstLayer)
    {
        _counts = [.. Enumerable.Range(0, layers).Select(_ => new long[experts])];
        _losses = new double[layers];
        (_experts, _firstLayer) = (experts, firstLayer);
    }

    /// <summary>The load of every layer with a gate.</summary>
    public IReadOnlyList<ExpertLoad> Loads
    {
        get
        {
            lock (_gate)
            {
                return [.. _counts.Select((counts, layer) => new ExpertLoad(_firstLayer + layer, [.. counts]))];
            }
        }
    }

    /// <summary>The sum of all balance losses, each with its weight, since the last <see cref="Clear"/>.</summary>
    public double Loss
    {
        get
        {
            lock (_gate)
            {
                return _losses.Sum();
            }
        }
    }

    /// <summary>Experts of a layer.</summary>
    internal int Experts => _experts;

    /// <summary>Adds a batch's counts to a layer's.</summary>
    public void Add(int layer, ReadOnlySpan<long> counts)
    {
        lock (_gate)
        {
            for (var expert = 0; expert < counts.Length; expert++)
            {
                _counts[layer][expert] += counts[expert];
            }
        }
    }

    /// <summary>Adds a weighted balance loss to a layer's.</summary>
    public void AddLoss(int layer, double loss)
    {
        lock (_gate)
        {
            _losses[layer] += loss;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Take();

    /// <summary>The tokens each expert of every layer got, and forgets everything: what is added meanwhile is in this answer or in the next.</summary>
    internal long[][] Take()
    {
        lock (_gate)
        {
            long[][] taken = [.. _counts.Select(counts => counts.ToArray())];
            foreach (var counts in _counts)
            {
                Array.Clear(counts);
            }

            Array.Clear(_losses);
            return taken;
        }
    }
}
