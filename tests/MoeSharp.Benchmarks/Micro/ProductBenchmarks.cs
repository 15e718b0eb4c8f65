using BenchmarkDotNet.Attributes;
using MoeSharp.Runtime;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>One product, on all cores, in the three orders that forward, the input's gradient and the weight's gradient need.</summary>
public class ProductBenchmarks
{
    private Buffers _buffers = null!;

    /// <summary>Rows of x: few, as an expert's, or many.</summary>
    [Params(1, 16, 64, 256, 2048)]
    public int Rows { get; set; }

    /// <summary>Makes x [Rows, 1024], W [512, 1024] and y [Rows, 512].</summary>
    [GlobalSetup]
    public void Setup() => _buffers = new Buffers(3 * 2048 * 1024);

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup() => _buffers.Dispose();

    /// <summary>y = x·Wᵀ.</summary>
    [Benchmark]
    public void Forward() => Gemm.Multiply(Workers.Shared, X, W.Transposed, Y);

    /// <summary>dx = dy·W.</summary>
    [Benchmark]
    public void InputGradient() => Gemm.Multiply(Workers.Shared, Y, W, X);

    /// <summary>dW += dyᵀ·x.</summary>
    [Benchmark]
    public void WeightGradient() => Gemm.Multiply(Workers.Shared, Y.Transposed, X, W, accumulate: true);

    private Matrix<float> X => _buffers.Matrix(0, Rows, 1024);

    private Matrix<float> W => _buffers.Matrix(2048 * 1024, 512, 1024);

    private Matrix<float> Y => _buffers.Matrix(2 * 2048 * 1024, Rows, 512);
}
