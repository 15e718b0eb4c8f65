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

    /// <summary>Begins the load of a layer's gate, which its pass over the tokens adds to; null in evaluation, where no counter moves.</summary>
    /// <param name="sparseLayer">The layer, counted among those with a gate.</param>
    /// <param name="grain">Tokens a task.</param>
    public GateLoad? BeginLoad(int sparseLayer, int grain) => _settings.Training ? new GateLoad(_log, _settings, sparseLayer, grain) : null;

    /// <summary>Adds pairs of a token and an expert that were dropped.</summary>
    public void AddDropped(int sparseLayer, long pairs) => _log.AddDropped(sparseLayer, pairs);
}
