using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>The memory of contiguous CPU tensors, for kernels.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>Torch's name of a kernel's type.</summary>
    public static ScalarType TypeOf<T>()
        where T : unmanaged =>
        typeof(T) == typeof(double) ? ScalarType.Float64 : typeof(T) == typeof(BFloat16) ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>
    /// The address of a contiguous tensor's first element. It is taken from a one-element view, since <c>Tensor.bytes</c> refuses more than 2 GiB;
    /// it is good for as long as the tensor lives.
    /// </summary>
    public static T* Pointer<T>(Tensor tensor)
        where T : unmanaged => (T*)Pointer(tensor);

    /// <summary>The same, of elements of any type.</summary>
    public static void* Pointer(Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            return null;
        }

        using var flat = tensor.view(-1);
        using var first = flat.narrow(0, 0, 1);
        using var detached = first.detach();
        return Unsafe.AsPointer(ref MemoryMarshal.GetReference(detached.bytes));
    }

    /// <summary>A contiguous CPU tensor as a matrix: the last dimension is the columns.</summary>
    public static Runtime.Matrix<T> Matrix<T>(Tensor tensor)
        where T : unmanaged
    {
        var columns = checked((int)tensor.shape[^1]);
        return new Runtime.Matrix<T>(Pointer<T>(tensor), columns == 0 ? 0 : checked((int)(tensor.numel() / columns)), columns);
    }
}
