#nullable disable // as in TorchSharp
using System.Collections;
using TorchSharp.Native;

namespace TorchSharp.Utils;

/// <summary>A view of a CPU tensor's elements in row-major order, whatever its strides.</summary>
public sealed unsafe class TensorAccessor<T> : IEnumerable<T>, IDisposable where T : unmanaged
{
    private readonly long[] sizes;
    private readonly long[] strides;
    private readonly bool contiguous;
    private torch.Tensor tensor; // keeps the memory alive
    private T* data;

    internal TensorAccessor(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
            throw new InvalidOperationException(
                "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        void* pointer;
        NativeMethods.Check(NativeMethods.bridge_tensor_data(tensor.Handle, &pointer));
        this.tensor = tensor;
        data = (T*)pointer;
        (sizes, strides, contiguous) = (tensor.shape, tensor.stride(), tensor.is_contiguous());
    }

    /// <summary>How many elements the tensor has.</summary>
    public long Count => tensor?.numel() ?? 0;

    public bool IsReadOnly => false;

    /// <summary>One element: by its index in row-major order (one number), or by one number a dimension.</summary>
    public T this[params long[] indices]
    {
        get => data[Offset(indices)];
        set => data[Offset(indices)] = value;
    }

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Count == right.Count && left.SequenceEqual(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !(left == right);

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>
    /// Copies elements from <paramref name="tensorIndex"/> on into the array from <paramref name="arrayIndex"/> on, as many as both have.
    /// </summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = Common(array.Length, arrayIndex, tensorIndex);
        if (contiguous) new Span<T>(data + tensorIndex, count).CopyTo(array[arrayIndex..]);
        else
            for (var i = 0; i < count; i++) array[arrayIndex + i] = data[Offset(tensorIndex + i)];
        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>
    /// Copies the array from <paramref name="arrayIndex"/> on into the elements from <paramref name="tensorIndex"/> on, as many as both have.
    /// </summary>
    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = Common(array.Length, arrayIndex, tensorIndex);
        if (contiguous) array.Slice(arrayIndex, count).CopyTo(new Span<T>(data + tensorIndex, count));
        else
            for (var i = 0; i < count; i++) data[Offset(tensorIndex + i)] = array[arrayIndex + i];
        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0L; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object obj) => obj is TensorAccessor<T> other && this == other;

    public override int GetHashCode() => base.GetHashCode();

    public void Dispose()
    {
        data = null;
        tensor = null;
    }

    private int Common(int length, int arrayIndex, long tensorIndex)
    {
        if (Count == 0 && tensorIndex == 0) return 0;
        if (tensorIndex < 0 || tensorIndex >= Count) throw new ArgumentOutOfRangeException(nameof(tensorIndex));
        return (int)Math.Min(length - arrayIndex, Count - tensorIndex);
    }

    private long Offset(long[] indices)
    {
        if (indices.Length == 1) return Offset(indices[0]);
        var offset = 0L;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (indices[i] < 0 || indices[i] >= sizes[i]) throw new IndexOutOfRangeException($"{indices[i]} >= {sizes[i]} in dimension {i}.");
            offset += indices[i] * strides[i];
        }

        return offset;
    }

    private long Offset(long index)
    {
        if (index < 0 || index >= Count) throw new ArgumentOutOfRangeException(nameof(index), $"{index} in a collection of {Count} elements.");
        if (contiguous) return index;
        var offset = 0L;
        for (var i = sizes.Length - 1; i >= 0; i--)
        {
            index = Math.DivRem(index, sizes[i], out var place);
            offset += place * strides[i];
        }

        return offset;
    }
}
