using System.Numerics;

namespace MoeSharp.Runtime;

/// <summary>What the gates of one run on the CPU report to: the module's log, without the padding.</summary>
public sealed class RoutingReport
{
    private readonly RoutingLog _log;
    private readonly PassSettings _settings;

    internal RoutingReport(RoutingLog log, PassSettings settings)
    {
        _log = log;
        _settings = settings;
    }

    /// <summary>Adds the experts chosen by the counted tokens of a batch, and how sure of them the gate was.</summary>
    /// <param name="sparseLayer">The layer, counted among those with a gate.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>, before any was dropped; −1 for a slot without one.</param>
    /// <param name="scores">The scores of all experts, <c>[tokens, N]</c>.</param>
    public void Count<T>(int sparseLayer, Matrix<int> experts, Matrix<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<long> counts = _log.Experts <= 1024 ? stackalloc long[_log.Experts] : new long[_log.Experts];
        counts.Clear();
        for (var t = 0; t < experts.Rows; t++)
        {
            if (_settings.Mask is not { } mask || mask[t])
            {
                foreach (var expert in experts.Row(t))
                {
                    if (expert >= 0)
                    {
                        counts[expert]++;
                    }
                }
            }
        }

        var (entropy, tokens) = RouterEntropy.Over(scores, _settings.Mask);
        _log.Add(sparseLayer, counts);
        _log.AddEntropy(sparseLayer, entropy, tokens);
    }

    /// <summary>Adds pairs of a token and an expert that were dropped.</summary>
    public void AddDropped(int sparseLayer, long pairs) => _log.AddDropped(sparseLayer, pairs);
}
