using System.Collections.Concurrent;
using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>The memory of one run of a program that nobody keeps: scratch for activations, ids, the dispatch plans. Rented, so that a steady state allocates nothing.</summary>
/// <param name="gates">Layers with a gate.</param>
internal sealed unsafe class Workspace(int gates)
{
    private Tensor? _storage;
    private byte* _memory;
    private long _bytes;
    private int[] _ids = [];

    public DispatchPlans Plans { get; } = new(gates);

    public DropPlan Drops { get; } = new();

    /// <summary>Elements of a type, at a multiple of 64 bytes; what was there before is lost when it grows.</summary>
    public T* Elements<T>(long count)
        where T : unmanaged
    {
        var bytes = count * sizeof(T);
        if (_bytes < bytes)
        {
            using var scope = NewDisposeScope();
            Release();
            _storage = LargeTensor.Empty(bytes, ScalarType.Byte).DetachFromDisposeScope();
            _memory = TensorMemory.Pointer<byte>(_storage);
            _bytes = bytes;
        }

        return (T*)_memory;
    }

    /// <summary>Gives the activations' memory back now rather than when the collector finds it.</summary>
    public void Release()
    {
        _storage?.Dispose();
        _storage = null;
        _memory = null;
        _bytes = 0;
    }

    /// <summary>Room for indices, which stays where it is.</summary>
    public Matrix<int> Indices(int at, int rows, int columns, int total)
    {
        if (_ids.Length < total)
        {
            _ids = GC.AllocateUninitializedArray<int>(total, pinned: true);
        }

        return new Matrix<int>((int*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_ids, at), rows, columns);
    }
}

/// <summary>A program that keeps memory from run to run.</summary>
internal interface ILendsMemory
{
    /// <summary>Gives back what no run is using.</summary>
    void Release();
}

/// <summary>The workspaces of a program that are not in use.</summary>
/// <param name="gates">Layers with a gate.</param>
internal sealed class WorkspacePool(int gates)
{
    private readonly ConcurrentBag<Workspace> _free = [];

    /// <summary>Lends a workspace until the lease is disposed.</summary>
    public Lease Rent() => new(this, _free.TryTake(out var workspace) ? workspace : new Workspace(gates));

    /// <summary>Gives back the memory of all workspaces that are not lent.</summary>
    public void Release()
    {
        while (_free.TryTake(out var workspace))
        {
            workspace.Release();
        }
    }

    /// <summary>A workspace in use.</summary>
    internal readonly struct Lease(WorkspacePool pool, Workspace workspace) : IDisposable
    {
        public Workspace Workspace { get; } = workspace;

        public void Dispose() => pool._free.Add(Workspace);
    }
}
