namespace MoeSharp.Runtime;

/// <summary>What the gates of one run report to, on either lowering: the module's log, without the padding.</summary>
public sealed class RoutingReport
{
    private readonly RoutingLog _log;
    private readonly PassSettings _settings;

    internal RoutingReport(RoutingLog log, PassSettings settings)
    {
        _log = log;
        _settings = settings;
    }

    /// <summary>Adds the experts chosen by the counted tokens of a batch, <c>[tokens, K]</c>.</summary>
    public void Count(int sparseLayer, Matrix<int> experts)
    {
        Span<long> counts = _log.Experts <= 1024 ? stackalloc long[_log.Experts] : new long[_log.Experts];
        counts.Clear();
        for (var t = 0; t < experts.Rows; t++)
        {
            if (_settings.Mask is not { } mask || mask[t])
            {
                foreach (var expert in experts.Row(t))
                {
                    counts[expert]++;
                }
            }
        }

        _log.Add(sparseLayer, counts);
    }
}
