using BenchmarkDotNet.Attributes;
using MoeSharp.Runtime;
using SwiGlu = MoeSharp.Runtime.SwiGlu;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>The kernels between the products: passes over [2048, 1024].</summary>
public class KernelBenchmarks
{
    private const int Tokens = 2048;
    private const int Dim = 1024;
    private const long Place = (long)Tokens * Dim * 2;

    private Buffers _buffers = null!;
    private int[] _targets = [];

    /// <summary>Makes the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _buffers = new Buffers(5 * Place);
        _targets = [.. Enumerable.Range(0, Tokens).Select(token => token % Dim)];
    }

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup() => _buffers.Dispose();

    /// <summary>silu(gate) ⊙ up.</summary>
    [Benchmark]
    public void SwiGluForward() => SwiGlu.Forward(Workers.Shared, At(0, 2 * Dim), At(1, Dim));

    /// <summary>Its backward.</summary>
    [Benchmark]
    public void SwiGluBackward() => SwiGlu.Backward(Workers.Shared, At(1, Dim), At(0, 2 * Dim), At(2, 2 * Dim));

    /// <summary>RMSNorm.</summary>
    [Benchmark]
    public void RmsNormForward() => RmsNorm.Forward(Workers.Shared, At(0, Dim), _buffers.Matrix(4 * Place, 1, Dim), 1e-6, At(1, Dim), At(2, 1));

    /// <summary>Its backward.</summary>
    [Benchmark]
    public void RmsNormBackward() =>
        RmsNorm.Backward(Workers.Shared, At(1, Dim), At(0, Dim), _buffers.Matrix(4 * Place, 1, Dim), At(2, 1), default, At(3, Dim), _buffers.Matrix((4 * Place) + Dim, 1, Dim));

    /// <summary>Rotary positions of 16 heads of 64.</summary>
    [Benchmark]
    public void RopeForward() => Rope.Forward(Workers.Shared, At(0, Dim), heads: 16, headDim: 64, positions: 512, theta: 10000);

    /// <summary>Cross-entropy and its gradient, over 1024 classes.</summary>
    [Benchmark]
    public unsafe double CrossEntropyForwardBackward()
    {
        fixed (int* targets = _targets)
        {
            return CrossEntropy.ForwardBackward(Workers.Shared, At(0, Dim), new Matrix<int>(targets, 1, Tokens), 1.0 / Tokens);
        }
    }

    private Matrix<float> At(int place, int columns) => _buffers.Matrix(place * Place, Tokens, columns);
}
