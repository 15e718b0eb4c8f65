using MoeSharp.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// What generated modules have in common: parameters that are views of one flat buffer, Hugging Face's names in <c>state_dict</c>, balance biases that
/// stay fp32, and the choice between the two lowerings. Create optimisers after <c>to()</c>: it replaces every parameter, as in all of TorchSharp.
/// </summary>
public abstract partial class FlatModule : nn.Module<Tensor, Tensor>
{
    private readonly LeafGradients _gradients = new();
    private Lowering _lowering;
    private bool _reusesMemory;
    private object? _program;
    private long _seed;
    private long _calls;

    /// <summary>Allocates and initialises the parameters (see <see cref="Initialize(long)"/>) on the CPU, in the default type.</summary>
    /// <param name="name">The class's name.</param>
    /// <param name="layout">Its parameters.</param>
    /// <param name="gates">Its gates.</param>
    protected FlatModule(string name, ParameterLayout layout, GateInfo? gates)
        : base(name)
    {
        using var scope = NewDisposeScope();
        Gates = gates;
        Routing = new RoutingLog(gates?.Layers ?? 0, gates?.Experts ?? 0, gates?.FirstLayer ?? 0);
        Unread = new RoutingLog(gates?.Layers ?? 0, gates?.Experts ?? 0, gates?.FirstLayer ?? 0);
        Parameters = new FlatParameters(layout, LargeTensor.Zeros(layout.Count, get_default_dtype()).DetachFromDisposeScope());
        if (gates is { BiasRate: not null })
        {
            Bias = new BalanceBias(layout.BalanceBiases, gates);
            if (Bias.Updates is { } updates)
            {
                register_buffer(BalanceBias.Counter, updates);
            }

            for (var layer = 0; layer < gates.Layers; layer++)
            {
                register_buffer(layout.BalanceBiases[layer], Bias[layer]);
            }
        }

        RegisterViews(requiresGrad: _ => true);

        // A seed from the global generator: torch.manual_seed decides the weights, as for any module.
        Initialize(randint(int.MaxValue, [1], ScalarType.Int64).item<long>());
    }

    /// <summary>The flat buffers of weights and gradients.</summary>
    public FlatParameters Parameters { get; }

    /// <summary>Which compiled form runs. <see cref="Modules.Lowering.Auto"/> chooses by device and type.</summary>
    /// <exception cref="InvalidOperationException">Kernels are asked for, and the module is not on the CPU in Float32, Float64 or BFloat16.</exception>
    public Lowering Lowering
    {
        get => _lowering;
        set
        {
            _lowering = value;
            ReleaseProgram();
        }
    }

    /// <summary>The factor of the balance losses' gradient: 1 over the number of micro-batches under accumulation, times a loss scale.</summary>
    public double AuxiliaryLossScale { get; set; } = 1;

    /// <summary>
    /// Whether, on the CPU, a step of a training loop of your own uses the memory of the step before, which saves the system from clearing as much at every step.
    /// Two things that are so by default are then not. A new gradient is written where the one before lay, once <c>zero_grad(set_to_none: true)</c> has taken that
    /// from the parameters: who keeps a <c>grad</c> beyond it must <c>clone</c> it, as with <c>gradient_as_bucket_view</c> of PyTorch's DistributedDataParallel. And
    /// what forward keeps (in the kernels) lies where an earlier forward's lay, once backward has read that: a graph can be walked again (<c>retain_graph</c>) until
    /// the module's next forward under autograd, and may end with libtorch's error after it, that a variable was modified by an inplace operation. It must not be
    /// walked again while another thread runs a forward.
    /// </summary>
    public bool ReusesMemory
    {
        get => _reusesMemory;
        set
        {
            _reusesMemory = value;
            if (!value)
            {
                Kept.Release();
            }
        }
    }

    /// <summary>The memory of what forwards keep, where it is used again.</summary>
    internal KeptMemory Kept { get; } = new();

    /// <summary>Whether some of it will be asked for again: not once the module was disposed of, which a backward may outlive.</summary>
    internal bool LendsKept => ReusesMemory && !Parameters.Weights.IsInvalid;

    /// <summary>Memory for what a forward keeps.</summary>
    internal Tensor TakeKept(long count, ScalarType dtype) => ReusesMemory ? Kept.Take(count, dtype) : LargeTensor.Empty(count, dtype);

    /// <summary>The balance losses of the training forwards since the last <see cref="UpdateBalance"/>, each with its weight. Their gradient is added in backward.</summary>
    public double BalanceLoss => Routing.Loss;

    /// <summary>
    /// What the gates did in training since the last <see cref="UpdateBalance"/>, a layer with a gate each: the tokens of every expert, the router's entropy, what
    /// was dropped, and each balance loss before its weight. A forward that activation checkpointing repeats in training mode counts each time it runs.
    /// </summary>
    public IReadOnlyList<ExpertLoad> Loads => Routing.Loads;

    /// <summary>
    /// Where the random numbers of the gates stand (noise, jitter, a random second expert). A run that goes on from its weights and this draws what the
    /// uninterrupted run draws; the trainer's checkpoints hold it.
    /// </summary>
    public GateRandomState GateRandomState
    {
        get => new(_seed, Interlocked.Read(ref _calls));
        set => (_seed, _calls) = (value.Seed, value.Calls);
    }

    /// <summary>Its gates; null for a dense model.</summary>
    protected internal GateInfo? Gates { get; }

    internal RoutingLog Routing { get; }

    /// <summary>A log for gates that run a second time: no counter of <see cref="Routing"/> moves.</summary>
    internal RoutingLog Unread { get; }

    /// <summary>Lets a backward add to the gradients of the leaves in place, if they are still the call's and their gradients the module's.</summary>
    internal bool TryAddToLeaves(ModuleCall call, Action<Tensor, bool> backward) =>
        ReferenceEquals(call.Weights, Parameters.Weights) && !Parameters.Weights.IsInvalid && _gradients.TryAdd(call, backward);

    internal BalanceBias? Bias { get; }

    /// <summary>The settings of a forward pass in training, which draws random numbers of its own; those of any other as they are.</summary>
    internal PassSettings Drawing(PassSettings settings)
    {
        if (!settings.Training)
        {
            return settings;
        }

        settings.Sums.Step = StepCounts;
        return settings with { RandomKey = new GateRandomState(_seed, Interlocked.Increment(ref _calls) - 1).Key };
    }

    /// <summary>What the gates choose in all micro-batches of the step that is being taken, where a balance loss counts them; null otherwise.</summary>
    internal StepCounts? StepCounts { get; set; }

    internal ScalarType DType => Parameters.Weights.dtype;

    /// <summary>Moves the balance biases by what the gates counted, and starts counting anew. Call it once after each optimiser step.</summary>
    public void UpdateBalance()
    {
        var loads = Routing.Take();
        Bias?.Update(loads);
        StepCounts = null;
    }

    /// <summary>
    /// Draws all weights anew, N(0, 0.02), sets norms to 1, biases and what else starts at 0 to 0, and begins the gates' random numbers anew.
    /// The same seed gives the same weights on every device.
    /// </summary>
    public void Initialize(long seed)
    {
        GateRandomState = new(seed, 0);
        Parameters.WeightsChanged();
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        foreach (var info in Parameters.Layout)
        {
            var values = info.Initialization switch
            {
                Initialization.Ones => ones([.. info.Shape]),
                Initialization.Zeros => zeros([.. info.Shape]),
                _ => randn([.. info.Shape], generator: generator).mul_(StandardDeviation),
            };
            FlatParameters.View(Parameters.Weights, info).copy_(values);
        }

        Bias?.Reset();
    }

    /// <summary>The form that runs now.</summary>
    internal bool UsesKernels
    {
        get
        {
            var fits = Parameters.Weights.device_type == DeviceType.CPU && DType is ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;
            return _lowering switch
            {
                Lowering.Torch => false,
                Lowering.Kernels when !fits => throw new InvalidOperationException(
                    $"{GetName()} is {DType} on {Parameters.Weights.device}: the kernels are for Float32, Float64 and BFloat16 on the CPU. Set Lowering to Auto or Torch."),
                _ => fits,
            };
        }
    }

    /// <summary>The compiled program, bound anew after <c>to()</c> or a change of <see cref="Lowering"/>.</summary>
    internal TProgram Program<TProgram>(Func<TProgram> kernelsFloat, Func<TProgram> kernelsDouble, Func<TProgram> kernelsBFloat16, Func<TProgram> torchOps)
        where TProgram : class
    {
        if (_program is TProgram program)
        {
            return program;
        }

        program = !UsesKernels ? torchOps() : DType switch
        {
            ScalarType.Float64 => kernelsDouble(),
            ScalarType.BFloat16 => kernelsBFloat16(),
            _ => kernelsFloat(),
        };
        _program = program;
        return program;
    }

    /// <summary>Lets go of the program and of the memory it lends: native memory, whose weight the collector does not see.</summary>
    private void ReleaseProgram()
    {
        (_program as ILendsMemory)?.Release();
        Kept.Release();
        _program = null;
    }
}
