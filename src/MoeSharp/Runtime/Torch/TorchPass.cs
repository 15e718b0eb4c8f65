using MoeSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Runtime;

/// <summary>What one run of a program in TorchSharp's operations needs beside weights and activations: the counterpart of <see cref="Pass{T}"/>.</summary>
public sealed class TorchPass
{
    private readonly FlatModule _module;
    private readonly PassSettings _settings;
    private readonly Device _device;

    internal TorchPass(FlatModule module, PassSettings settings, Device device)
    {
        _device = device;
        _module = module;
        _settings = settings;
    }

    /// <summary>Rows of the batch: sequences times tokens in each.</summary>
    public int Tokens => _settings.Tokens;

    /// <summary>Tokens in a sequence.</summary>
    public int Sequence => _settings.Sequence;

    /// <summary>Where the tokens stand in their sequences, which in decoding began before.</summary>
    public Positions Positions => new(Sequence, Cache?.Past);

    /// <summary>Whether counts and balance losses are wanted.</summary>
    public bool Training => _settings.Training;

    /// <summary>Tokens that are no padding.</summary>
    internal int CountedTokens => _settings.Mask?.Count(counted => counted) ?? Tokens;

    /// <summary>The factor of the balance losses' gradient.</summary>
    public double AuxiliaryScale => _settings.AuxiliaryScale;

    /// <summary>Collects the residual stream where somebody looks for the layer that went wrong; null otherwise.</summary>
    internal List<Tensor>? Residuals { get; init; }

    /// <summary>The cache whose sequences go on; null unless in decoding.</summary>
    internal TorchKeyValueCache? Cache { get; init; }

    /// <summary>In decoding a layer's keys and values of the tokens before; null otherwise.</summary>
    public TorchKeyValues? KeyValues(int layer) => Cache?[layer];

    /// <summary>Hands on the residual stream between two layers.</summary>
    public Tensor Residual(Tensor x)
    {
        Residuals?.Add(x);
        return x;
    }

    /// <summary>A layer's balance bias, <c>[N]</c>.</summary>
    public Tensor BalanceBias(int sparseLayer, ScalarType type) => _module.Bias![sparseLayer].to(type);

    /// <summary>The same, for a backward that selects again. It is kept on the host.</summary>
    public Tensor KeepBalanceBias(int sparseLayer, ScalarType type)
    {
        if (Cache is not null)
        {
            return BalanceBias(sparseLayer, type); // decoding has no backward
        }

        // The copy is what forward selects by too: the bias may move at any time.
        _settings.Sums.KeepBias<float>(sparseLayer, _module.Bias![sparseLayer].cpu().data<float>().ToArray());
        return KeptBalanceBias(sparseLayer, type);
    }

    /// <summary>A layer's balance bias as it was in forward, <c>[N]</c>.</summary>
    public Tensor KeptBalanceBias(int sparseLayer, ScalarType type) => tensor(_settings.Sums.KeptBias<float>(sparseLayer), device: _device).to(type);

    /// <summary>The same pass, where backward computes again what forward did: the same random numbers, and no counter moves a second time.</summary>
    public TorchPass Again() => new(_module, _settings.Again(_module), _device) { Cache = Cache };

    /// <summary>A layer's random numbers for one use.</summary>
    public GateRandom Random(int sparseLayer, GateStream stream) => new(_settings, sparseLayer, stream);

    /// <summary>Whether a sequence is of the part that nothing is dropped of: drawn in each pass, for all layers alike.</summary>
    internal bool IsExempt(int sequence, double part) => Random(sparseLayer: 0, GateStream.ExemptSequence).Uniform(sequence) < part;

    /// <summary>One for tokens, zero for padding, <c>[tokens, 1]</c>.</summary>
    public Tensor Mask(ScalarType type)
    {
        return _settings.Mask is { } mask
            ? tensor(mask, device: _device).to(type).unsqueeze(-1)
            : ones(Tokens, 1, dtype: type, device: _device);
    }

    /// <summary>Reports the experts chosen by the counted tokens, and how sure of them the gate was.</summary>
    /// <param name="sparseLayer">The layer, counted among those with a gate.</param>
    /// <param name="experts">The chosen experts, <c>[tokens, K]</c>, before any was dropped; −1 for a slot without one.</param>
    /// <param name="scores">The scores of all experts, <c>[tokens, N]</c>.</param>
    public void Count(int sparseLayer, Tensor experts, Tensor scores)
    {
        var counted = _settings.Mask is { } mask ? tensor(mask, device: experts.device) : null;
        var chosen = counted is null ? experts : experts[counted];
        var s = (counted is null ? scores : scores[counted]).to(ScalarType.Float64);
        Log.Add(sparseLayer, chosen[chosen.ge(Scalars.Zero)].bincount(null, (int)scores.shape[1]).cpu().data<long>().ToArray());

        // H = (Σ s·log Z − Σ s·log s)/Z; where s is 0 the logarithm is of something, and the product is 0.
        var total = s.sum(-1);
        var divisor = total + Scalars.Epsilon;
        var entropy = ((total * divisor.log()) - (s * s.clamp_min(Scalars.Epsilon).log()).sum(-1)) / divisor;
        Log.AddEntropy(sparseLayer, entropy.sum().cpu().item<double>(), s.shape[0]);
    }

    /// <summary>Reports pairs of a token and an expert that were dropped.</summary>
    public void AddDropped(int sparseLayer, long pairs) => Log.AddDropped(sparseLayer, pairs);

    /// <summary>Begins the gradient of the balance losses of a layer's gate, from what forward measured.</summary>
    public BalanceGradient BalanceGradient(int sparseLayer) => new(sparseLayer, _settings.Sums, AuxiliaryScale);

    private RoutingLog Log => _settings.Log ?? _module.Routing;

    /// <summary>Keeps what a layer's gate did for backward, and begins the report of its balance losses.</summary>
    internal BalanceReport Measured(int sparseLayer, BalanceSums sums)
    {
        _settings.Sums[sparseLayer] = sums;
        return new BalanceReport(Log, sparseLayer, _settings.Sums);
    }
}

/// <summary>A flat buffer of weights or gradients as tensors, read by the parameters' names.</summary>
public readonly struct TorchView
{
    private readonly Tensor _flat;
    private readonly ParameterLayout _layout;

    internal TorchView(Tensor flat, ParameterLayout layout)
    {
        _flat = flat;
        _layout = layout;
    }

    /// <summary>A view in the parameter's shape.</summary>
    public Tensor this[string name] => FlatParameters.View(_flat, _layout[name]);
}

/// <summary>What the functions of forward kept, taken back in the opposite order.</summary>
public sealed class SavedTensors
{
    private readonly IReadOnlyList<Tensor> _tensors;
    private int _left;

    /// <summary>Takes over what was kept, or computed again.</summary>
    /// <param name="tensors">In the order in which it was made.</param>
    public SavedTensors(IReadOnlyList<Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        _tensors = tensors;
        _left = tensors.Count;
    }

    /// <summary>What the last function that was not yet taken back kept, in the order it was kept.</summary>
    public Tensor[] Pop(int count)
    {
        _left -= count;
        return [.. _tensors.Skip(_left).Take(count)];
    }
}
