using System.Collections.Concurrent;
using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>
/// A contiguous bfloat16 tensor whose memory kernels know by address: while it is lent, a product finds the tensor behind a <see cref="Matrix{T}"/> and reads
/// it there or hands libtorch a view of it, without a copy. Views are short-lived, or kept from run to run where the memory stays, as that of weights does.
/// A layer's input is there a second time, widened, for what computes in fp32: whoever would round that finds the tensor by its address too.
/// </summary>
internal sealed unsafe class LentTensor
{
    // Few are lent at a time (weights, a gradient, a layer's input and output gradient, for each running program): a scan of an array that is replaced whole.
    private static readonly Lock s_gate = new();
    private static LentTensor[] s_lent = [];

    private readonly Tensor _flat;
    private readonly BFloat16* _first;
    private readonly float* _widened;
    private readonly nint _length;
    private readonly nint _storageOffset;
    private readonly ConcurrentDictionary<Place, Tensor>? _views;
    private int _leases;
    private bool _retired;

    /// <summary>Prepares a tensor to be lent.</summary>
    /// <param name="flat">Contiguous, of bfloat16.</param>
    /// <param name="keepsViews">Whether views are made once and kept.</param>
    /// <param name="widened">Where the same numbers are in <see cref="float"/>, in the same order; null if they are nowhere.</param>
    public LentTensor(Tensor flat, bool keepsViews, float* widened = null)
    {
        // A handle of our own: as long as it is there, nobody else has this memory.
        _flat = flat.detach().DetachFromDisposeScope();
        _first = TensorMemory.Pointer<BFloat16>(flat);
        _widened = widened;
        _length = (nint)flat.numel();
        _storageOffset = (nint)flat.storage_offset();
        _views = keepsViews ? [] : null;
    }

    /// <summary>Whether this is the memory of a tensor.</summary>
    public bool IsOf(Tensor flat) => TensorMemory.Pointer<BFloat16>(flat) == _first;

    /// <summary>Whether views belong to this rather than to who asked for them.</summary>
    public bool KeepsViews => _views is not null;

    /// <summary>The tensor that has the numbers at an address, if it is lent.</summary>
    public static LentTensor? Find<T>(T* address)
        where T : unmanaged
    {
        if (typeof(T) == typeof(BFloat16) || typeof(T) == typeof(float))
        {
            foreach (var lent in Volatile.Read(ref s_lent))
            {
                var first = lent.First<T>();
                if (first != null && address >= first && address < first + lent._length)
                {
                    return lent;
                }
            }
        }

        return null;
    }

    /// <summary>Lends the tensor until the lease is disposed. It may be lent several times at once.</summary>
    public Lease Lend()
    {
        lock (s_gate)
        {
            _leases++;
            Volatile.Write(ref s_lent, [.. s_lent, this]);
        }

        return new Lease(this);
    }

    /// <summary>Lets go of the tensor and its views: now, or when the last run that has it ends.</summary>
    public void Retire()
    {
        lock (s_gate)
        {
            _retired = true;
            DisposeWhenFree();
        }
    }

    /// <summary>The same numbers in bfloat16, in this memory.</summary>
    public Matrix<BFloat16> Narrow<T>(Matrix<T> matrix)
        where T : unmanaged => new(_first + (nint)(matrix.Pointer - First<T>()), matrix.Rows, matrix.Columns, matrix.RowStride, matrix.ColumnStride);

    /// <summary>A matrix of this memory as a tensor, <c>[rows, columns]</c> with the matrix's strides.</summary>
    public Tensor View<T>(Matrix<T> matrix)
        where T : unmanaged
    {
        var place = new Place((nint)(matrix.Pointer - First<T>()), matrix.Rows, matrix.Columns, matrix.RowStride, matrix.ColumnStride);
        if (_views is null)
        {
            return Make(place);
        }

        if (_views.TryGetValue(place, out var known))
        {
            return known;
        }

        var made = Make(place).DetachFromDisposeScope();
        if (_views.TryAdd(place, made))
        {
            return made;
        }

        made.Dispose();
        return _views[place];
    }

    private void DisposeWhenFree()
    {
        if (!_retired || _leases > 0)
        {
            return;
        }

        foreach (var view in _views?.Values ?? [])
        {
            view.Dispose();
        }

        _views?.Clear();
        _flat.Dispose();
    }

    private Tensor Make(Place place) => _flat.as_strided([place.Rows, place.Columns], [place.RowStride, place.ColumnStride], _storageOffset + place.Offset);

    private T* First<T>()
        where T : unmanaged => typeof(T) == typeof(BFloat16) ? (T*)_first : (T*)_widened;

    private static void Return(LentTensor lent)
    {
        lock (s_gate)
        {
            var rest = s_lent.ToList();
            rest.Remove(lent);
            Volatile.Write(ref s_lent, [.. rest]);
            lent._leases--;
            lent.DisposeWhenFree();
        }
    }

    /// <summary>One run's use of a tensor.</summary>
    internal readonly struct Lease(LentTensor? lent) : IDisposable
    {
        public void Dispose()
        {
            if (lent is not null)
            {
                Return(lent);
            }
        }
    }

    private readonly record struct Place(nint Offset, int Rows, int Columns, nint RowStride, nint ColumnStride);
}
