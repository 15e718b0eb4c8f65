namespace MoeSharp.Runtime;

/// <summary>Computes the balance losses of a layer's gate from what it did in a pass, and reports each before its weight.</summary>
public sealed class BalanceReport
{
    private readonly RoutingLog _log;
    private readonly int _sparseLayer;
    private readonly BalanceSums _sums;

    internal BalanceReport(RoutingLog log, int sparseLayer, BalanceSums sums) => (_log, _sparseLayer, _sums) = (log, sparseLayer, sums);

    /// <summary>A loss over the batch.</summary>
    /// <param name="name">Its name, as in <c>metrics.jsonl</c>.</param>
    /// <param name="weight">Its α.</param>
    /// <param name="value">The loss before the weight, of what it is told.</param>
    public void OverBatch(string name, double weight, Func<RoutingSums, double> value) => _log.AddLoss(_sparseLayer, name, value(_sums.Batch), weight);

    /// <summary>A loss within each sequence, averaged over the sequences that are not all padding.</summary>
    /// <param name="name">Its name, as in <c>metrics.jsonl</c>.</param>
    /// <param name="weight">Its α.</param>
    /// <param name="value">The loss before the weight, of what it is told.</param>
    public void OverSequences(string name, double weight, Func<RoutingSums, double> value) =>
        _log.AddLoss(_sparseLayer, name, _sums.Sequences.Where(part => part.Tokens > 0).Sum(value) / Math.Max(1, _sums.Filled), weight);
}
