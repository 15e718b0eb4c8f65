using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// The one buffer that all parameters of a module are views of, and the one their gradients are added to. Clipping, the optimiser's step and
/// checkpoints are single passes over them.
/// </summary>
public sealed class FlatParameters : IDisposable
{
    private readonly Lock _gate = new();
    private Tensor? _gradient;
    private Tensor? _narrow;
    private bool _narrowIsCurrent;

    // Where the buffers lie. In the middle of a step torch's code is in no cache: asking it each time takes a tenth of a millisecond, while the workers wait.
    private KnownAddress? _weightsAt;
    private KnownAddress? _gradientAt;

    internal FlatParameters(ParameterLayout layout, Tensor weights)
    {
        Table = layout;
        Weights = weights;
    }

    /// <summary>All weights, <c>[Count]</c>; those that decay first.</summary>
    public Tensor Weights { get; private set; }

    /// <summary>The gradient that a compiled step adds to, <c>[Count]</c>; zeros when it is first asked for.</summary>
    public Tensor Gradient
    {
        get
        {
            if (_gradient is null)
            {
                using var scope = NewDisposeScope();
                _gradient = LargeTensor.ZerosLike(Weights).DetachFromDisposeScope();
            }

            return _gradient;
        }
    }

    /// <summary>Elements, padding included.</summary>
    public long Count => Table.Count;

    /// <summary>Elements <c>[0, DecayCount)</c> are decayed; the tail, which holds the norms, is not.</summary>
    public long DecayCount => Table.DecayCount;

    /// <summary>The parameters in the order of the buffer.</summary>
    public IReadOnlyList<ParameterInfo> Layout => Table.Parameters;

    internal ParameterLayout Table { get; }

    /// <summary>Sets the gradient to zero, if there is one.</summary>
    public void ZeroGradient()
    {
        // What an operation in place returns may be the tensor itself: it is not disposed of.
        _gradient?.zero_();
    }

    /// <summary>
    /// Says that weights were written by hand. A model with <c>Precision = BFloat16</c> multiplies by a rounded copy, which the compiled step, <c>Evaluate</c>
    /// and <c>Generate</c> take as it is; the optimiser, <c>load_state_dict</c>, <c>Initialize</c> and <c>forward</c> keep it right by themselves.
    /// </summary>
    public void WeightsChanged() => _narrowIsCurrent = false;

    /// <summary>A parameter's gradient of the compiled step: a view of <see cref="Gradient"/> in the parameter's shape.</summary>
    public Tensor GradientOf(string name) => View(Gradient, Table[name]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        _gradient?.Dispose();
        _narrow?.Dispose();
    }

    /// <summary>The copy in bfloat16, if there is one: the optimiser writes it in its own sweep.</summary>
    internal Tensor? NarrowCopy => _narrow;

    /// <summary>The weights rounded to bfloat16, for a model in float32 on the CPU.</summary>
    /// <param name="anew">Rounds them again even where nothing is known to have changed.</param>
    internal unsafe Tensor Narrow(bool anew)
    {
        lock (_gate)
        {
            _narrow ??= LargeTensor.Empty(Count, ScalarType.BFloat16).DetachFromDisposeScope();
            if (anew || !_narrowIsCurrent)
            {
                Casts.Copy(
                    Workers.Shared,
                    new FlatSpan<float>(TensorMemory.Pointer<float>(Weights), (nint)Count),
                    new FlatSpan<BFloat16>(TensorMemory.Pointer<BFloat16>(_narrow), (nint)Count));

                // Who asks for it anew trains with an optimiser of his own, maybe.
                _narrowIsCurrent = !anew;
            }

            return _narrow;
        }
    }

    internal static Tensor View(Tensor flat, ParameterInfo info)
    {
        using var range = flat.narrow(0, info.Offset, info.Elements);
        return range.view([.. info.Shape]);
    }

    internal static Tensor View(Tensor flat, ParameterInfo info, StateEntry entry)
    {
        var elements = entry.Shape.Aggregate(1L, (product, size) => product * size);
        using var range = flat.narrow(0, info.Offset + entry.Offset, elements);
        return range.view([.. entry.Shape]);
    }

    /// <summary>A new buffer for the gradient of some weights: zeros, but for the experts' matrices where a backward overwrites them.</summary>
    internal Tensor FreshGradient(Tensor weights, bool overwritesExperts)
    {
        if (!overwritesExperts)
        {
            return LargeTensor.ZerosLike(weights);
        }

        var flat = LargeTensor.Empty(Count, weights.dtype);
        ZeroAllButExperts(flat);
        return flat;
    }

    /// <summary>Makes a buffer that gradients of the same weights lay in as good as a new one; false where it is none.</summary>
    internal bool TryRenewGradient(Tensor gradient, Tensor weights, bool overwritesExperts)
    {
        if (gradient.numel() != Count || gradient.dtype != weights.dtype || gradient.device_type != weights.device_type)
        {
            return false;
        }

        if (overwritesExperts)
        {
            ZeroAllButExperts(gradient);
        }
        else
        {
            gradient.zero_();
        }

        return true;
    }

    private void ZeroAllButExperts(Tensor flat)
    {
        using var scope = NewDisposeScope();
        long end = 0;
        foreach (var experts in Table.Parameters.Where(parameter => parameter.IsExperts))
        {
            flat.narrow(0, end, experts.Offset - end).zero_();
            end = experts.Offset + experts.Elements;
        }

        flat.narrow(0, end, Count - end).zero_();
    }

    /// <summary>Puts the weights into another buffer and forgets the gradient.</summary>
    internal void Replace(Tensor weights)
    {
        Weights.Dispose();
        Weights = weights;
        _gradient?.Dispose();
        _gradient = null;
        _narrow?.Dispose();
        _narrow = null;
        _narrowIsCurrent = false;
    }

    internal unsafe FlatView<T> View<T>(Tensor flat)
        where T : unmanaged => new(
            (T*)(ReferenceEquals(flat, Weights) ? KnownAddress.Of(flat, ref _weightsAt)
                : ReferenceEquals(flat, _gradient) ? KnownAddress.Of(flat, ref _gradientAt)
                : TensorMemory.Pointer(flat)),
            Table);

    /// <summary>A tensor, and the address of its first element.</summary>
    private sealed unsafe class KnownAddress(Tensor tensor, void* pointer)
    {
        public static void* Of(Tensor tensor, ref KnownAddress? known)
        {
            var seen = known;
            if (seen is null || !seen.IsOf(tensor))
            {
                known = seen = new KnownAddress(tensor, TensorMemory.Pointer(tensor));
            }

            return seen.Pointer;
        }

        private void* Pointer => pointer;

        // Of one that was disposed of the address is nobody's: asking for it throws.
        private bool IsOf(Tensor other) => ReferenceEquals(tensor, other) && !other.IsInvalid;
    }
}
