namespace MoeSharp.Runtime;

/// <summary>Computes the balance losses of a layer's gate from what it did in a pass, and reports each before its weight.</summary>
public sealed class BalanceReport
{
    private readonly RoutingLog _log;
    private readonly int _sparseLayer;
    private readonly PassSums _sums;

    internal BalanceReport(RoutingLog log, int sparseLayer, PassSums sums) => (_log, _sparseLayer, _sums) = (log, sparseLayer, sums);

    /// <summary>A loss over the batch.</summary>
    /// <param name="name">Its name, as in <c>metrics.jsonl</c>.</param>
    /// <param name="weight">Its α.</param>
    /// <param name="value">The loss before the weight, of what it is told.</param>
    public void OverBatch(string name, double weight, Func<RoutingSums, double> value) =>
        _log.AddLoss(_sparseLayer, name, value(_sums[_sparseLayer].Batch), weight);

    /// <summary>A loss over the batch, with the counts of all micro-batches of the step.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverStep(string name, double weight, Func<RoutingSums, double> value) =>
        _log.AddLoss(_sparseLayer, name, value(_sums.OverStep(_sparseLayer)), weight);

    /// <summary>A loss within each sequence, averaged over the sequences that are not all padding.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverSequences(string name, double weight, Func<RoutingSums, double> value) =>
        _log.AddLoss(_sparseLayer, name, _sums[_sparseLayer].Sequences.Where(part => part.Tokens > 0).Select(value).DefaultIfEmpty().Average(), weight);

    /// <summary>A loss over the tokens of all layers as one: known at the last of them, and reported for each with its part of the weight.</summary>
    /// <inheritdoc cref="OverBatch"/>
    public void OverLayers(string name, double weight, Func<RoutingSums, double> value)
    {
        if (_sparseLayer < _log.Layers - 1)
        {
            return;
        }

        var loss = value(_sums.OverLayers());
        for (var layer = 0; layer < _log.Layers; layer++)
        {
            _log.AddLoss(layer, name, loss, weight / _log.Layers);
        }
    }
}
