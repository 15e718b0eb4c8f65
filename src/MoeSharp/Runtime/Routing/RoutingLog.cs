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
    private readonly LossTotal[][] _losses;
    private readonly IReadOnlyList<string> _names;
    private readonly int _experts;
    private readonly int _firstLayer;

    /// <summary>Makes an empty log.</summary>
    /// <param name="layers">Layers with a gate.</param>
    /// <param name="experts">Experts of each.</param>
    /// <param name="firstLayer">The model's index of the first of them.</param>
    /// <param name="losses">The names of the balance losses of each; none where there are none.</param>
    public RoutingLog(int layers, int experts, int firstLayer, IReadOnlyList<string>? losses = null)
    {
        _names = losses ?? [];
        _counts = [.. Enumerable.Range(0, layers).Select(_ => new long[experts])];
        _losses = [.. Enumerable.Range(0, layers).Select(_ => new LossTotal[_names.Count])];
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
                return _losses.Sum(rules => rules.Sum(total => total.Weight * total.Sum));
            }
        }
    }

    /// <summary>Each balance loss of every layer, before its weight; empty where none is declared.</summary>
    public IReadOnlyList<LayerLoss> Losses
    {
        get
        {
            lock (_gate)
            {
                return [.. _losses.SelectMany((rules, layer) => rules.Select((total, rule) => new LayerLoss(
                    _firstLayer + layer, _names[rule], total.Passes == 0 ? 0 : total.Sum / total.Passes, total.Weight)))];
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

    /// <summary>Adds what a balance loss was in a pass.</summary>
    /// <param name="layer">Which of the layers with a gate.</param>
    /// <param name="rule">Which of the losses' names.</param>
    /// <param name="value">The loss before its weight.</param>
    /// <param name="weight">Its weight.</param>
    public void AddLoss(int layer, int rule, double value, double weight)
    {
        lock (_gate)
        {
            ref var total = ref _losses[layer][rule];
            total = new LossTotal(total.Sum + value, total.Passes + 1, weight);
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

            foreach (var rules in _losses)
            {
                Array.Clear(rules);
            }

            return taken;
        }
    }

    private readonly record struct LossTotal(double Sum, int Passes, double Weight);
}
