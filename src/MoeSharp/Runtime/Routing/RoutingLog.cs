using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>
/// What a module's gates did in training since the last <see cref="Clear"/>: the tokens of every expert, the gates' entropy, dropped pairs and the balance
/// losses. Evaluation and padding tokens never enter it. Safe to use from several threads.
/// </summary>
public sealed class RoutingLog
{
    private readonly Lock _gate = new();
    private readonly LayerLog[] _layers;

    internal RoutingLog(int layers, int experts, int firstLayer)
    {
        _layers = [.. Enumerable.Range(firstLayer, layers).Select(layer => new LayerLog(layer, experts))];
        Experts = experts;
    }

    /// <summary>What every layer with a gate did.</summary>
    public IReadOnlyList<ExpertLoad> Loads
    {
        get
        {
            lock (_gate)
            {
                return [.. _layers.Select(layer => layer.Load)];
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
                return _layers.Sum(layer => layer.Loss);
            }
        }
    }

    /// <summary>Layers with a gate.</summary>
    internal int Layers => _layers.Length;

    /// <summary>Experts of a layer.</summary>
    internal int Experts { get; }

    /// <summary>Adds a batch's counts to a layer's.</summary>
    internal void Add(int layer, ReadOnlySpan<long> counts)
    {
        lock (_gate)
        {
            _layers[layer].Add(counts);
        }
    }

    /// <summary>Adds the entropy of some tokens' scores, in nats, to a layer's.</summary>
    internal void AddEntropy(int layer, double sum, long tokens)
    {
        lock (_gate)
        {
            _layers[layer].AddEntropy(sum, tokens);
        }
    }

    /// <summary>Adds dropped pairs to a layer's.</summary>
    internal void AddDropped(int layer, long pairs)
    {
        lock (_gate)
        {
            _layers[layer].Dropped += pairs;
        }
    }

    /// <summary>Adds a balance loss of one forward pass to a layer's.</summary>
    internal void AddLoss(int layer, string name, double value, double weight)
    {
        lock (_gate)
        {
            _layers[layer].AddLoss(name, value, weight);
        }
    }

    /// <summary>Forgets everything.</summary>
    internal void Clear() => Take();

    /// <summary>The tokens each expert of every layer got, and forgets everything: what is added meanwhile is in this answer or in the next.</summary>
    internal long[][] Take()
    {
        lock (_gate)
        {
            return [.. _layers.Select(layer => layer.Take())];
        }
    }
}
