using BenchmarkDotNet.Attributes;
using MoeSharp.Runtime;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>One product in bf16, on all cores, in the three orders that forward, the input's gradient and the weight's gradient need.</summary>
public class NarrowProductBenchmarks
{
    private const int Most = 2048 * 1024;

    private Buffers _buffers = null!;

    /// <summary>Rows of x: few, as an expert's, or many.</summary>
    [Params(1, 16, 64, 256, 2048)]
    public int Rows { get; set; }

    /// <summary>Makes x [Rows, 1024], W [512, 1024] and y [Rows, 512] in bf16, and the gradient of W in fp32.</summary>
    [GlobalSetup]
    public void Setup() => _buffers = new Buffers(3 * Most);

    /// <summary>Frees them.</summary>
    [GlobalCleanup]
    public void Cleanup() => _buffers.Dispose();

    /// <summary>y = x·Wᵀ.</summary>
    [Benchmark]
    public void Forward() => Gemm<BFloat16>.Multiply(Workers.Shared, X, W.Transposed, Y);

    /// <summary>dx = dy·W.</summary>
    [Benchmark]
    public void InputGradient() => Gemm<BFloat16>.Multiply(Workers.Shared, Y, W, X);

    /// <summary>dW += dyᵀ·x.</summary>
    [Benchmark]
    public void WeightGradient() => Gemm<BFloat16>.Multiply(Workers.Shared, Y.Transposed, X, DW, accumulate: true);

    private Matrix<BFloat16> X => _buffers.Matrix<BFloat16>(0, Rows, 1024);

    private Matrix<BFloat16> W => _buffers.Matrix<BFloat16>(Most, 512, 1024);

    private Matrix<BFloat16> Y => _buffers.Matrix<BFloat16>(Most + (Most / 2), Rows, 512);

    private Matrix<float> DW => _buffers.Matrix<float>(2 * Most, 512, 1024);
}
