namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>The processes to measure against, and how often.</summary>
internal sealed class Machine(string python, int rounds) : IDisposable
{
    private const double FlopsOfADensePair = 2.0 * 2 * 2048 * 2048 * 1024;

    private readonly Peer _one = new(python, 1);
    private readonly Peer _two = new(python, 2);

    /// <summary>How often each thing is measured, in turns.</summary>
    public int Rounds => rounds;

    /// <summary>PyTorch at one thread and at two; each measurement of eager takes the better.</summary>
    public IReadOnlyList<Peer> Peers => [_one, _two];

    /// <summary>libtorch's products alone, on two threads of one torch thread each.</summary>
    public double Products(IReadOnlyDictionary<string, object> layer) => _one.Measure("products", layer);

    /// <summary>Seconds that two concurrent single-threaded products of 2048 × 2048 × 1024 take.</summary>
    public double DensePair(string dtype) => _one.Measure("dense", new Dictionary<string, object> { ["dtype"] = dtype });

    /// <summary>How much more both cores do together than one alone: two where they are cores of their own, little more than one where they share one.</summary>
    public double CoresGain() => 2 * Turns.Take(
        Rounds,
        ("single", () => _one.Measure("single", new Dictionary<string, object> { ["dtype"] = "float32" })),
        ("pair", () => DensePair("float32"))).Ratio("single", "pair");

    /// <summary>Seconds a dense product of so many FLOPs would take on both cores.</summary>
    public double Dense(string dtype, double flops) => DensePair(dtype) * flops / FlopsOfADensePair;

    /// <summary>One measurement in a new process, at one thread.</summary>
    public double Fresh(string work, IReadOnlyDictionary<string, object> arguments)
    {
        using var peer = new Peer(python, 1);
        return peer.Measure(work, arguments);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _one.Dispose();
        _two.Dispose();
    }
}
