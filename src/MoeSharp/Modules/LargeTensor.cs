using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// Buffers on the CPU that a model keeps: weights, gradients, moments, activations. On Linux they ask for pages of 2 MiB, because a pass over a
/// gigabyte in pages of 4 KiB is a quarter of a million page faults when it is new, and misses the address cache at every page afterwards.
/// </summary>
internal static unsafe partial class LargeTensor
{
    // From the size on at which malloc maps memory of its own rather than lend some that was used before.
    private const long SmallestBytes = 1L << 22;
    private const nuint PageBytes = 4096;
    private const int AdviseHugePages = 14;

    private static readonly bool s_canAdvise = OperatingSystem.IsLinux();

    /// <summary>A tensor whose values are not set, <c>[count]</c>.</summary>
    public static Tensor Empty(long count, ScalarType dtype)
    {
        var tensor = empty(count, dtype: dtype);
        Advise(tensor);
        return tensor;
    }

    /// <summary>Zeros, <c>[count]</c>.</summary>
    public static Tensor Zeros(long count, ScalarType dtype)
    {
        var tensor = Empty(count, dtype);
        tensor.zero_();
        return tensor;
    }

    /// <summary>Zeros of another tensor's length and type, where it lies.</summary>
    public static Tensor ZerosLike(Tensor tensor) =>
        tensor.device_type == TorchSharp.DeviceType.CPU ? Zeros(tensor.numel(), tensor.dtype) : zeros_like(tensor);

    // Only advice: where the system has no such pages, or refuses, nothing is lost, so the answer is not looked at.
    private static void Advise(Tensor tensor)
    {
        if (!s_canAdvise || tensor.numel() * tensor.ElementSize < SmallestBytes)
        {
            return;
        }

        var first = ((nuint)TensorMemory.Pointer(tensor) + PageBytes - 1) & ~(PageBytes - 1);
        var end = ((nuint)TensorMemory.Pointer(tensor) + (nuint)(tensor.numel() * tensor.ElementSize)) & ~(PageBytes - 1);
        _ = madvise((void*)first, end - first, AdviseHugePages);
    }

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);
}
