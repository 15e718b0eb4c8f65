using System.Numerics;
using System.Runtime.Intrinsics;
using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The kernels' form of a cache.</summary>
internal sealed class KernelKeyValueCache<T>(int layers, int sequences, int context) : KeyValueCache(sequences, context)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly KeyValues<T>?[] _layers = new KeyValues<T>?[layers];

    /// <summary>A layer's keys and values.</summary>
    public KeyValues<T> this[int layer] => _layers[layer] ??= new KeyValues<T>(this);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (var layer in _layers)
        {
            layer?.Release();
        }
    }
}

/// <summary>
/// The keys and values of one layer, for every sequence and key head in the form that <see cref="Attention"/> reads: keys transposed, both padded to
/// whole registers.
/// </summary>
/// <typeparam name="T">The program's type.</typeparam>
public sealed unsafe class KeyValues<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly KeyValueCache _cache;
    private readonly int _rows;
    private readonly int _keyStride;
    private Tensor? _storage;
    private T* _memory;
    private (int KvHeads, int HeadDim) _heads;

    internal KeyValues(KeyValueCache cache)
    {
        _cache = cache;

        // A tile of queries reaches beyond the last key; an odd number of registers between rows spreads them over the sets of a CPU cache.
        _rows = AttentionShape.RoundUp(cache.Context + Tile.Rows, Vector512<T>.Count);
        _keyStride = ((_rows / Vector512<T>.Count) | 1) * Vector512<T>.Count;
    }

    private int Width => AttentionShape.RoundUp(_heads.HeadDim, Vector512<T>.Count);

    private nint PerHead => ((nint)_heads.HeadDim * _keyStride) + ((nint)_rows * Width);

    /// <summary>Makes room when the layer's heads are first known.</summary>
    /// <exception cref="ArgumentException">The pass is not one of the chosen sequences, or adds more tokens than the context has room for.</exception>
    internal void Prepare(AttentionShape shape)
    {
        if (shape.Batch != _cache.Chosen.Length)
        {
            throw new ArgumentException($"Attention.Forward: {shape.Batch} sequences go on, but {_cache.Chosen.Length} were chosen in their cache.", nameof(shape));
        }

        for (var sequence = 0; sequence < shape.Batch; sequence++)
        {
            if (_cache.Past[sequence] + shape.Sequence > _cache.Context)
            {
                throw new ArgumentException(
                    $"Attention.Forward: {shape.Sequence} tokens after {_cache.Past[sequence]} are more than the context of {_cache.Context}.", nameof(shape));
            }
        }

        if (_storage is null)
        {
            using var scope = NewDisposeScope();
            _heads = (shape.KvHeads, shape.HeadDim);

            // Zeros: what no key has been written to is multiplied by probabilities of zero.
            _storage = zeros((long)_cache.Sequences * shape.KvHeads * PerHead * sizeof(T), dtype: ScalarType.Byte).DetachFromDisposeScope();
            _memory = (T*)TensorMemory.Pointer<byte>(_storage);
        }
    }

    /// <summary>Adds the keys, times <paramref name="scale"/>, and values of a head of the pass's sequence.</summary>
    /// <returns>All the head has now.</returns>
    internal AttentionHead<T> Append(int sequence, int kvHead, Matrix<T> keys, T scale, Matrix<T> values)
    {
        var head = _memory + ((((nint)_cache.Chosen[sequence] * _heads.KvHeads) + kvHead) * PerHead);
        var all = new AttentionHead<T>(head, _keyStride, head + ((nint)_heads.HeadDim * _keyStride), _cache.Past[sequence]);
        var added = all.Values + ((nint)all.Past * Width);
        AttentionPacking.PackTransposed(keys, scale, added, Width, keep: false, all.Keys + all.Past, _keyStride, keys.Rows);
        AttentionPacking.Pack(values, T.One, added, Width, values.Rows);
        return all;
    }

    internal void Release()
    {
        _storage?.Dispose();
        _storage = null;
    }
}

/// <summary>The keys and values that a head attends to.</summary>
/// <param name="keys">[headDim, tokens], transposed, scaled by 1 / (√headDim · ln 2).</param>
/// <param name="keyStride">Elements between the rows of the keys.</param>
/// <param name="values">[tokens, headDim in whole registers].</param>
/// <param name="past">Tokens before those of the pass.</param>
internal readonly unsafe struct AttentionHead<T>(T* keys, int keyStride, T* values, int past)
    where T : unmanaged
{
    public T* Keys { get; } = keys;

    public int KeyStride { get; } = keyStride;

    public T* Values { get; } = values;

    public int Past { get; } = past;
}
