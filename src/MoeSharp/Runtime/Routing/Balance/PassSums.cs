namespace MoeSharp.Runtime;

/// <summary>What the gates of one pass did, a layer with a gate each: written forward and read backward, which may be much later.</summary>
internal sealed class PassSums
{
    private readonly List<BalanceSums?> _layers = [];

    /// <summary>What a layer's gate did.</summary>
    /// <exception cref="InvalidOperationException">Forward did not measure it.</exception>
    public BalanceSums this[int sparseLayer]
    {
        get => (sparseLayer < _layers.Count ? _layers[sparseLayer] : null)
            ?? throw new InvalidOperationException($"Forward measured nothing at the gate of sparse layer {sparseLayer}.");
        set
        {
            while (_layers.Count <= sparseLayer)
            {
                _layers.Add(null);
            }

            _layers[sparseLayer] = value;
        }
    }
}
