namespace MoeSharp.Runtime;

/// <summary>What the gates chose in all micro-batches of a training step, counted before the first backward: for losses over the step's whole batch.</summary>
public sealed class StepCounts
{
    private readonly List<RoutingSums>[] _parts;

    internal StepCounts(int layers) => _parts = [.. Enumerable.Range(0, layers).Select(_ => new List<RoutingSums>())];

    internal RoutingSums this[int sparseLayer] => RoutingSums.Of(_parts[sparseLayer]);

    /// <summary>Adds a micro-batch.</summary>
    internal void Add(PassSums sums)
    {
        for (var layer = 0; layer < _parts.Length; layer++)
        {
            _parts[layer].Add(sums[layer].Batch);
        }
    }
}
