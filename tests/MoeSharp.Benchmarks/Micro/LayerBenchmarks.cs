using BenchmarkDotNet.Attributes;
using MoeSharp.Benchmarks.SideBySide.Work;
using static TorchSharp.torch;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>Forward and backward of the layers of the side by side, under autograd.</summary>
public class LayerBenchmarks
{
    private LayerRun _run = null!;

    /// <summary>Which of the three shapes.</summary>
    [Params(0, 1, 2)]
    public int Shape { get; set; }

    /// <summary>The layer's type.</summary>
    [Params(ScalarType.Float32, ScalarType.BFloat16)]
    public ScalarType Type { get; set; }

    /// <summary>Makes the layer.</summary>
    [GlobalSetup]
    public void Setup() => _run = new LayerRun(LayerShape.All[Shape].Layer, LayerShape.All[Shape].Tokens, LayerShape.All[Shape].Dim, Type);

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Cleanup() => _run.Dispose();

    /// <summary>Forward and backward.</summary>
    [Benchmark]
    public double ForwardBackward() => _run.Seconds();
}
