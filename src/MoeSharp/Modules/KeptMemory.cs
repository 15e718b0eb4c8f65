using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// The memory of what forward keeps for backward, lent again once a backward has read it, so that the system need not clear new memory in every forward. Each use
/// of a buffer has a ticket, a tensor of no elements that the <see cref="CallGuard"/> watches: it changes when the buffer is lent anew, and who walks the old
/// graph once more gets libtorch's usual error rather than another call's numbers.
/// </summary>
internal sealed unsafe class KeptMemory
{
    private readonly Lock _gate = new();
    private readonly List<Buffer> _free = [];

    /// <summary>The ticket of one use, in no scope: it lives as long as the call that has it.</summary>
    /// <param name="weights">Whose type and place it has.</param>
    public static Tensor Ticket(Tensor weights) => empty(0, dtype: weights.dtype, device: weights.device).DetachFromDisposeScope();

    /// <summary>Memory for at least so many elements, their values undefined: some that was given back, or new.</summary>
    public Tensor Take(long count, ScalarType dtype)
    {
        lock (_gate)
        {
            var found = _free.FindIndex(buffer => buffer.Storage.dtype == dtype && buffer.Storage.numel() >= count);
            if (found < 0)
            {
                // What is there is too small: a larger one serves from now on.
                Clear();
                return LargeTensor.Empty(count, dtype);
            }

            var buffer = _free[found];
            _free.RemoveAt(found);
            buffer.Ticket.zero_();
            var storage = buffer.Storage.detach();
            buffer.Dispose();
            return storage;
        }
    }

    /// <summary>Gives memory back that a backward has read. It may come again, when the same graph is walked twice.</summary>
    /// <param name="storage">What <see cref="Take"/> returned, or another handle of it.</param>
    /// <param name="ticket">That of its use.</param>
    public void Return(Tensor storage, Tensor ticket)
    {
        lock (_gate)
        {
            if (!_free.Exists(buffer => TensorMemory.Pointer(buffer.Storage) == TensorMemory.Pointer(storage)))
            {
                _free.Add(new Buffer(storage.detach().DetachFromDisposeScope(), ticket.detach().DetachFromDisposeScope()));
            }
        }
    }

    /// <summary>Lets go of what is not lent.</summary>
    public void Release()
    {
        lock (_gate)
        {
            Clear();
        }
    }

    private void Clear()
    {
        _free.ForEach(buffer => buffer.Dispose());
        _free.Clear();
    }

    private sealed record Buffer(Tensor Storage, Tensor Ticket) : IDisposable
    {
        public void Dispose()
        {
            Storage.Dispose();
            Ticket.Dispose();
        }
    }
}
