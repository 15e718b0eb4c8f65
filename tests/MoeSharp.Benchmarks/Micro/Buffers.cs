using MoeSharp.Modules;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>Memory for a kernel's operands, filled with small numbers.</summary>
internal sealed unsafe class Buffers(long elements) : IDisposable
{
    private readonly Tensor _memory = Filled(elements);

    /// <summary>A matrix at an element of the memory.</summary>
    public Matrix<float> Matrix(long at, int rows, int columns) => Matrix<float>(at, rows, columns);

    /// <summary>A matrix of another type, no wider, at an element of the memory.</summary>
    public Matrix<T> Matrix<T>(long at, int rows, int columns)
        where T : unmanaged => new((T*)(TensorMemory.Pointer<float>(_memory) + (nint)at), rows, columns);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private static Tensor Filled(long elements)
    {
        var memory = LargeTensor.Empty(elements, ScalarType.Float32);
        memory.fill_(0.01f);
        return memory;
    }
}
