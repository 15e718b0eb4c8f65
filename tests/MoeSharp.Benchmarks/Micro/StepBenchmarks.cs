using BenchmarkDotNet.Attributes;
using MoeSharp.Benchmarks.SideBySide.Work;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>The example's training step.</summary>
public class StepBenchmarks
{
    private StepRun _run = null!;

    /// <summary>Makes the model.</summary>
    [GlobalSetup]
    public void Setup() => _run = new StepRun();

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Cleanup() => _run.Dispose();

    /// <summary>Forward, backward, clipping, AdamW.</summary>
    [Benchmark]
    public double Step() => _run.Seconds();
}
