using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MoeSharp.Runtime;

/// <summary>Working memory rented from the current thread, aligned to a cache line, its contents undefined. Dispose it on the thread that rented it.</summary>
/// <typeparam name="T">The elements.</typeparam>
internal readonly unsafe ref struct Scratch<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly byte[] _buffer;

    private Scratch(byte[] buffer)
    {
        _buffer = buffer;
        var address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
        Pointer = (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }

    /// <summary>The first element.</summary>
    public T* Pointer { get; }

    /// <summary>Rents room for <paramref name="count"/> elements.</summary>
    public static Scratch<T> Rent(nint count) => new(ScratchPool.Take((count * sizeof(T)) + Alignment));

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => ScratchPool.Return(_buffer);
}

/// <summary>The buffers a thread keeps between kernels, so that a steady training step allocates none.</summary>
internal static class ScratchPool
{
    [ThreadStatic]
    private static List<byte[]>? t_free;

    public static byte[] Take(nint bytes)
    {
        var free = t_free ??= [];
        for (var i = 0; i < free.Count; i++)
        {
            var buffer = free[i];
            if (buffer.Length >= bytes)
            {
                free.RemoveAt(i);
                return buffer;
            }
        }

        // Whatever is kept was too small; the new one serves instead. Pinned, so its address holds; the collector takes it when the thread ends.
        free.Clear();
        return GC.AllocateUninitializedArray<byte>(checked((int)RoundUp(bytes)), pinned: true);
    }

    public static void Return(byte[] buffer) => t_free!.Add(buffer);

    // Powers of two let neighbouring sizes share a buffer; beyond a gigabyte that would waste too much.
    private static long RoundUp(nint bytes) =>
        bytes > 1 << 30 ? bytes : (long)BitOperations.RoundUpToPowerOf2(Math.Max((ulong)bytes, 4096));
}
