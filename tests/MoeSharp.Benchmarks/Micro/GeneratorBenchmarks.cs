using BenchmarkDotNet.Attributes;
using MoeSharp.Benchmarks.SideBySide.Work;

namespace MoeSharp.Benchmarks.Micro;

/// <summary>The generator in an editor, over a project of ten models.</summary>
public class GeneratorBenchmarks
{
    private GeneratorRun _run = null!;

    /// <summary>Opens the project.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _run = new GeneratorRun(10);
        _run.Cold();
    }

    /// <summary>An edit that changes no declaration.</summary>
    [Benchmark]
    public double Edit() => _run.AfterAnEdit();

    /// <summary>An edit of one declaration.</summary>
    [Benchmark]
    public double Declaration() => _run.AfterADeclaration();

    /// <summary>A project of ten models opened.</summary>
    [Benchmark]
    public double Cold() => new GeneratorRun(10).Cold();
}
