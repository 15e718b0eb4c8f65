namespace MoeSharp.Runtime;

/// <summary>What the gates of one pass did, a layer with a gate each: written forward and read backward, which may be much later.</summary>
internal sealed class PassSums
{
    private readonly List<BalanceSums> _layers = [];
    private readonly List<Array> _biases = [];

    /// <summary>What the gates did in all micro-batches of the step; null where the pass is a batch of its own.</summary>
    public StepCounts? Step { get; set; }

    /// <summary>What a layer's gate did. Forward goes through the layers in order; one that runs anew with these settings measures anew.</summary>
    /// <exception cref="InvalidOperationException">Forward did not measure it.</exception>
    public BalanceSums this[int sparseLayer]
    {
        get => sparseLayer < _layers.Count
            ? _layers[sparseLayer]
            : throw new InvalidOperationException($"Forward measured nothing at the gate of sparse layer {sparseLayer}.");
        set
        {
            if (sparseLayer < _layers.Count)
            {
                _layers[sparseLayer] = value;
            }
            else
            {
                _layers.Add(value);
            }
        }
    }

    /// <summary>Keeps the balance bias that a layer's gate selects by, in the order of the layers.</summary>
    public void KeepBias<T>(int sparseLayer, ReadOnlySpan<T> bias)
        where T : unmanaged
    {
        var copy = GC.AllocateUninitializedArray<T>(bias.Length, pinned: true);
        bias.CopyTo(copy);
        if (sparseLayer < _biases.Count)
        {
            _biases[sparseLayer] = copy;
        }
        else
        {
            _biases.Add(copy);
        }
    }

    /// <summary>The bias that was kept, pinned.</summary>
    public T[] KeptBias<T>(int sparseLayer)
        where T : unmanaged => (T[])_biases[sparseLayer];

    /// <summary>A layer's batch, with the counts of all micro-batches of the step.</summary>
    public RoutingSums OverStep(int sparseLayer)
    {
        var own = this[sparseLayer].Batch;
        return Step is null ? own : own.WithCountsOf(Step[sparseLayer]);
    }

    /// <summary>The tokens of all layers as one.</summary>
    public RoutingSums OverLayers() => RoutingSums.Of([.. _layers.Select(layer => layer.Batch)]);
}
