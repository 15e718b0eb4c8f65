using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>A cache in tensors.</summary>
internal sealed class TorchKeyValueCache(int sequences, int context) : KeyValueCache(sequences, context)
{
    private readonly List<TorchKeyValues> _layers = [];

    /// <summary>A layer's keys and values; layers come in their order.</summary>
    public TorchKeyValues this[int layer]
    {
        get
        {
            while (_layers.Count <= layer)
            {
                _layers.Add(new TorchKeyValues(this));
            }

            return _layers[layer];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _layers.ForEach(layer => layer.Release());
}

/// <summary>The keys and values of one layer, <c>[sequences, kvHeads, context, headDim]</c> each.</summary>
public sealed class TorchKeyValues
{
    private readonly KeyValueCache _cache;
    private Tensor? _keys;
    private Tensor? _values;

    internal TorchKeyValues(KeyValueCache cache) => _cache = cache;

    /// <summary>Adds the keys and values of the pass's tokens.</summary>
    /// <param name="keys"><c>[chosen sequences, kvHeads, tokens, headDim]</c>.</param>
    /// <param name="values">Likewise.</param>
    /// <returns>
    /// All keys and values of the chosen sequences, as many as the longest has, and what a token does not see, <c>[sequences, 1, tokens, longest]</c>: later
    /// tokens, and what a shorter sequence does not have.
    /// </returns>
    internal (Tensor Keys, Tensor Values, Tensor Hidden) Append(Tensor keys, Tensor values)
    {
        _keys ??= Room(keys);
        _values ??= Room(values);
        var tokens = (int)keys.shape[2];
        var longest = 0;
        for (var i = 0; i < _cache.Chosen.Length; i++)
        {
            Write(_keys, keys, i, tokens);
            Write(_values, values, i, tokens);
            longest = Math.Max(longest, _cache.Past[i] + tokens);
        }

        using var chosen = tensor(_cache.Chosen.ToArray().Select(sequence => (long)sequence).ToArray(), device: keys.device);
        return (Known(_keys, chosen, longest), Known(_values, chosen, longest), Hidden(tokens, longest, keys.device));
    }

    internal void Release()
    {
        _keys?.Dispose();
        _values?.Dispose();
        (_keys, _values) = (null, null);
    }

    private static Tensor Known(Tensor all, Tensor chosen, int longest)
    {
        using var known = all.narrow(2, 0, longest);
        return known.index_select(0, chosen);
    }

    // Zeros: what is not there yet is multiplied by probabilities of zero.
    private Tensor Room(Tensor like) =>
        zeros(_cache.Sequences, like.shape[1], _cache.Context, like.shape[3], dtype: like.dtype, device: like.device).DetachFromDisposeScope();

    private void Write(Tensor all, Tensor some, int index, int tokens)
    {
        using var sequence = all.select(0, _cache.Chosen[index]);
        using var room = sequence.narrow(1, _cache.Past[index], tokens);
        using var source = some.select(0, index);
        using var written = room.copy_(source);
    }

    private Tensor Hidden(int tokens, int longest, Device device)
    {
        var hidden = new bool[_cache.Chosen.Length * tokens * longest];
        for (var at = 0; at < hidden.Length; at++)
        {
            var row = at / longest;
            hidden[at] = at % longest > _cache.Past[row / tokens] + (row % tokens);
        }

        return tensor(hidden, _cache.Chosen.Length, 1, tokens, longest, device: device);
    }
}
