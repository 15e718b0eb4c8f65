using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>The part of a <see cref="RoutingLog"/> that is one layer's. Whoever holds it holds the log's lock.</summary>
internal sealed class LayerLog(int layer, int experts)
{
    private readonly long[] _counts = new long[experts];
    private readonly List<NamedSum> _losses = [];
    private double _entropy;
    private long _tokens;

    /// <summary>Dropped pairs.</summary>
    public long Dropped { get; set; }

    /// <summary>The sum of the balance losses, each with its weight.</summary>
    public double Loss { get; private set; }

    /// <summary>What is reported.</summary>
    public ExpertLoad Load => new(layer, [.. _counts])
    {
        Entropy = _entropy / _tokens,
        Dropped = Dropped,
        Losses = [.. _losses.Select(loss => new BalanceLossValue(loss.Name, loss.Sum / loss.Times))],
    };

    public void Add(ReadOnlySpan<long> counts)
    {
        for (var expert = 0; expert < counts.Length; expert++)
        {
            _counts[expert] += counts[expert];
        }
    }

    public void AddEntropy(double sum, long tokens)
    {
        _entropy += sum;
        _tokens += tokens;
    }

    public void AddLoss(string name, double value, double weight)
    {
        Loss += weight * value;
        var known = _losses.FindIndex(loss => loss.Name == name);
        if (known < 0)
        {
            _losses.Add(new NamedSum(name, value, 1));
        }
        else
        {
            _losses[known] = new NamedSum(name, _losses[known].Sum + value, _losses[known].Times + 1);
        }
    }

    /// <summary>The counts, and forgets everything.</summary>
    public long[] Take()
    {
        long[] taken = [.. _counts];
        Array.Clear(_counts);
        _losses.Clear();
        (_entropy, _tokens, Dropped, Loss) = (0, 0, 0, 0);
        return taken;
    }

    private readonly record struct NamedSum(string Name, double Sum, int Times);
}
