using MoeSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Training;

/// <summary>
/// AdamW with clipping by the global norm over a model's flat buffers, with the semantics of <c>torch.optim.AdamW</c> and
/// <c>clip_grad_norm_</c>: one pass for the norm, one for everything else. On the CPU in float32 and float64 the passes are kernels,
/// elsewhere operations on the flat tensors. Create it after <c>to()</c>, which replaces the buffers.
/// </summary>
/// <remarks>Parameters that require no gradient when it is created do not move: no step, no decay, and they do not count in the norm.</remarks>
public sealed class Optimizer : IDisposable
{
    private readonly FlatParameters _parameters;
    private readonly AdamWSettings _settings;
    private readonly Tensor _mean;
    private readonly Tensor _square;
    private readonly List<FlatRange> _ranges = [];
    private readonly List<Tensor> _frozenGradients = [];

    /// <summary>Makes an optimiser whose moments are zero.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">The settings of AdamW.</param>
    public Optimizer(FlatModule model, AdamWSettings settings)
        : this(model, settings, null)
    {
    }

    /// <summary>As the other, with the choice of the passes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="settings">The settings of AdamW.</param>
    /// <param name="kernels">Whether the passes are kernels; null chooses by device and element type.</param>
    internal Optimizer(FlatModule model, AdamWSettings settings, bool? kernels)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(settings);
        (_parameters, _settings) = (model.Parameters, settings);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        _mean = LargeTensor.ZerosLike(_parameters.Weights).DetachFromDisposeScope();
        _square = LargeTensor.ZerosLike(_parameters.Weights).DetachFromDisposeScope();

        // What lies between the frozen parameters; padding moves along, it is zero and stays so.
        var frozen = model.named_parameters(recurse: false).Where(named => !named.Item2.requires_grad).Select(named => named.Item1).ToHashSet();
        long position = 0;
        foreach (var info in _parameters.Layout.Where(info => frozen.Contains(info.Name)).OrderBy(info => info.Offset))
        {
            AddRange(position, info.Offset, kernels);
            _frozenGradients.Add(_parameters.Gradient.narrow(0, info.Offset, info.Elements).DetachFromDisposeScope());
            position = info.Offset + info.Elements;
        }

        AddRange(position, _parameters.Count, kernels);
    }

    /// <summary>Steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>The L2 norm of the whole gradient, before clipping; NaN or ∞ when an element is.</summary>
    public double GradientNorm()
    {
        var sum = 0.0;
        foreach (var range in _ranges)
        {
            var norm = range.GradientNorm();
            sum += norm * norm;
        }

        return Math.Sqrt(sum);
    }

    /// <summary>What the gradient is multiplied with so that its norm is at most <paramref name="maxNorm"/>, as <c>clip_grad_norm_</c> has it.</summary>
    /// <param name="norm">The gradient's norm.</param>
    /// <param name="maxNorm">The longest gradient that stays as it is; null is no clipping.</param>
    public static double ClipScale(double norm, double? maxNorm) => maxNorm is { } longest ? Math.Min(1, longest / (norm + 1e-6)) : 1;

    /// <summary>One step; the gradient is zero afterwards.</summary>
    /// <param name="learningRate">The learning rate of this step.</param>
    /// <param name="gradientScale">What the gradient is multiplied with first; see <see cref="ClipScale"/>.</param>
    public void Step(double learningRate, double gradientScale = 1)
    {
        Steps++;
        using var scope = NewDisposeScope();
        foreach (var range in _ranges)
        {
            range.Step(_settings, learningRate, Steps, gradientScale, _parameters.NarrowCopy);
        }

        foreach (var gradient in _frozenGradients)
        {
            gradient.zero_();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ranges.ForEach(range => range.Dispose());
        _frozenGradients.ForEach(gradient => gradient.Dispose());
        _mean.Dispose();
        _square.Dispose();
    }

    /// <summary>The name of the first parameter whose gradient is not finite, for a message; null when all are.</summary>
    internal string? FirstNonFiniteGradient()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return _parameters.Layout.FirstOrDefault(info => !FlatParameters.View(_parameters.Gradient, info).isfinite().all().ToBoolean())?.Name;
    }

    /// <summary>The moments under the names of the weights in <c>state_dict</c>, torch's own names behind them. They are views, the caller's to dispose.</summary>
    internal Dictionary<string, Tensor> StateDict()
    {
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (info, entry) in _parameters.Layout.SelectMany(info => info.State, (info, entry) => (info, entry)))
        {
            state[entry.Name + ".exp_avg"] = FlatParameters.View(_mean, info, entry);
            state[entry.Name + ".exp_avg_sq"] = FlatParameters.View(_square, info, entry);
        }

        return state;
    }

    /// <summary>Takes over the moments of a file that <see cref="StateDict"/> was written to.</summary>
    /// <param name="file">The file.</param>
    /// <param name="steps">Steps taken.</param>
    /// <exception cref="CheckpointException">A tensor is missing or differs in shape or type.</exception>
    internal void Load(SafeTensorsFile file, long steps)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, view) in StateDict())
        {
            file.ReadInto(name, view);
        }

        Steps = steps;
    }

    private void AddRange(long start, long end, bool? kernels)
    {
        if (end > start)
        {
            var decayed = Math.Clamp(_parameters.DecayCount - start, 0, end - start);
            _ranges.Add(FlatRange.Of(_parameters.Weights, _parameters.Gradient, _mean, _square, (start, end - start, decayed), kernels));
        }
    }
}
