using System.Numerics;
using MoeSharp.Modules;

namespace MoeSharp.Runtime;

/// <summary>What one run of a program over a batch needs beside weights and activations: shapes, arenas, the mask, and where the gates report to.</summary>
/// <typeparam name="T">The program's type.</typeparam>
public sealed class Pass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FlatModule _module;
    private readonly PassSettings _settings;
    private readonly Workspace _workspace;

    internal Pass(FlatModule module, PassSettings settings, Workspace workspace)
    {
        _module = module;
        _settings = settings;
        _workspace = workspace;
        Routing = new RoutingReport(settings.Log ?? module.Routing, settings);
    }

    /// <summary>Rows of the batch: sequences times tokens in each.</summary>
    public int Tokens => _settings.Tokens;

    /// <summary>Tokens in a sequence.</summary>
    public int Sequence => _settings.Sequence;

    /// <summary>Where the tokens stand in their sequences, which in decoding began before.</summary>
    public Positions Positions => new(Sequence, Cache?.Past);

    /// <summary>Whether counts and balance losses are wanted.</summary>
    public bool Training => _settings.Training;

    /// <summary>The factor of the balance losses' gradient, for accumulation over micro-batches and for loss scaling.</summary>
    public double AuxiliaryScale => _settings.AuxiliaryScale;

    /// <summary>Begins the gradient of the balance losses of a layer's gate, from what forward measured.</summary>
    public BalanceGradient BalanceGradient(int sparseLayer) => new(sparseLayer, _settings.Sums, AuxiliaryScale);

    /// <summary>Whether the gradients of the experts' weights are added to; a buffer that is new is written without reading it.</summary>
    public bool Accumulates => !_settings.FreshGradient;

    /// <summary>The most rows of one expert in a task.</summary>
    internal int BlockRows { get; init; } = DispatchPlan.DefaultBlockRows;

    /// <summary>The threads that kernels run on.</summary>
    public Workers Workers => Workers.Shared;

    /// <summary>What forward keeps for backward.</summary>
    public required Arena<T> Saved { get; init; }

    /// <summary>What is gone when a function returns.</summary>
    public required Arena<T> Scratch { get; init; }

    /// <summary>The cache whose sequences go on; null unless in decoding.</summary>
    internal KernelKeyValueCache<T>? Cache { get; init; }

    /// <summary>Where the gates report the load and the balance losses.</summary>
    public RoutingReport Routing { get; }

    /// <summary>Whether a token takes part in counts and balance losses; padding does not.</summary>
    public bool IsCounted(int token) => _settings.Mask is not { } mask || mask[token];

    /// <summary>The same of some tokens; empty where all count.</summary>
    internal ReadOnlySpan<bool> Counted(int first, int end) => _settings.Mask is { } mask ? mask.AsSpan(first, end - first) : [];

    /// <summary>Room for who drops pairs.</summary>
    internal DropPlan Drops => _workspace.Drops;

    /// <summary>A layer's balance bias, <c>[1, N]</c>, in the program's type.</summary>
    public Matrix<T> BalanceBias(int sparseLayer) => _module.Bias!.As<T>(sparseLayer);

    /// <summary>The same, for a backward that selects again.</summary>
    public Matrix<T> KeepBalanceBias(int sparseLayer)
    {
        if (Cache is not null)
        {
            return BalanceBias(sparseLayer); // decoding has no backward
        }

        // The copy is what forward selects by too: the bias may move at any time.
        _settings.Sums.KeepBias<T>(sparseLayer, BalanceBias(sparseLayer).Row(0));
        return KeptBalanceBias(sparseLayer);
    }

    /// <summary>A layer's balance bias as it was in forward.</summary>
    public unsafe Matrix<T> KeptBalanceBias(int sparseLayer)
    {
        // The array is pinned, and lives as long as the settings.
        var bias = _settings.Sums.KeptBias<T>(sparseLayer);
        return new Matrix<T>((T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(bias, 0), 1, bias.Length);
    }

    /// <summary>The same pass, where backward computes again what forward did: the same random numbers, and no counter moves a second time.</summary>
    public Pass<T> Again() => new(_module, _settings.Again(_module), _workspace) { Saved = Saved, Scratch = Scratch, Cache = Cache, BlockRows = BlockRows };

    /// <summary>A pass over the last token of each sequence, in the same memory: what this one has kept is gone.</summary>
    internal Pass<T> OverLast()
    {
        var sequences = Tokens / Sequence;
        return new(_module, _settings with { Tokens = sequences, Sequence = 1 }, _workspace)
        {
            Saved = Saved.For(sequences),
            Scratch = Scratch.For(sequences),
            Cache = Cache,
            BlockRows = BlockRows,
        };
    }

    /// <summary>A layer's random numbers for one use.</summary>
    public GateRandom Random(int sparseLayer, GateStream stream) => new(_settings, sparseLayer, stream);

    /// <summary>Whether a sequence is of the part that nothing is dropped of: drawn in each pass, for all layers alike.</summary>
    internal bool IsExempt(int sequence, double part) => Random(sparseLayer: 0, GateStream.ExemptSequence).Uniform(sequence) < part;

    /// <summary>In decoding a layer's keys and values of the tokens before; null otherwise.</summary>
    public KeyValues<T>? KeyValues(int layer) => Cache?[layer];

    /// <summary>The pairs of a token and an expert, sorted by expert. Backward gets the plan that forward made. The plan is good until the next call.</summary>
    public DispatchPlan Dispatch(Matrix<int> chosen, int experts) => _workspace.Plans.Of(chosen, experts, BlockRows);

    /// <summary>Keeps what a layer's gate did for backward, and begins the report of its balance losses.</summary>
    internal BalanceReport Measured(int sparseLayer, BalanceSums sums)
    {
        _settings.Sums[sparseLayer] = sums;
        return new BalanceReport(_settings.Log ?? _module.Routing, sparseLayer, _settings.Sums);
    }
}
