using System.Numerics;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>The part of a layer's CPU lowering that is the same for all: it lends memory to the generated methods.</summary>
/// <typeparam name="T">What activations and the gate are in: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TWeight">What the weights and the operands of products are in, and the layer's input and output: T, or <see cref="BFloat16"/>.</typeparam>
/// <typeparam name="TGradient">What the weights' gradients are in, and the weights that gates read: TWeight, as there is no copy for products.</typeparam>
public abstract unsafe class KernelLayerProgram<T, TWeight, TGradient>(FlatModule module) : LayerProgram, ILendsMemory
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TWeight : unmanaged
    where TGradient : unmanaged
{
    private readonly WorkspacePool _workspaces = new(module.Gates?.Layers ?? 0);
    private readonly ProductMemory<TWeight> _products = new();

    /// <summary>Elements a token that forward keeps for backward.</summary>
    protected abstract long SavedPerToken { get; }

    /// <summary>Elements a token of scratch.</summary>
    protected abstract long ScratchPerToken { get; }

    /// <inheritdoc/>
    public override bool OverwritesExperts => true;

    /// <inheritdoc/>
    public override bool KeepsOneBuffer => true;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor weights, Tensor u, PassSettings settings, List<Tensor>? saved)
    {
        using var lease = _workspaces.Rent();
        using var run = _products.Begin(weights);
        module.Bias?.Refresh<T>();
        var y = empty_like(u);
        var memory = Lend(lease.Workspace, u, ScratchPerToken + (saved is null ? SavedPerToken : 0), places: 2);
        var kept = memory.Scratch + (nint)(ScratchPerToken * settings.Tokens);
        if (saved is not null)
        {
            var storage = module.TakeKept(SavedPerToken * settings.Tokens, TensorMemory.TypeOf<T>());
            saved.Add(storage);
            kept = TensorMemory.Pointer<T>(storage);
        }

        var pass = Pass(settings, lease.Workspace, kept, memory.Scratch);
        var (input, output) = (memory.Read(pass.Workers, u, 0), memory.Place(y, 1));
        using var lentInput = ProductMemory<TWeight>.LendFor(u, input);
        Forward(pass, module.Parameters.View<TWeight>(weights), module.Parameters.View<TGradient>(weights), input, output);
        Memory.Write(pass.Workers, output, y);

        // The weights too are read by address: nobody may finalise them now.
        GC.KeepAlive(weights);
        GC.KeepAlive(u);
        return y;
    }

    /// <inheritdoc/>
    public override Tensor Backward(Tensor weights, Tensor u, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dY, Tensor gradient)
    {
        using var lease = _workspaces.Rent();
        using var run = _products.Begin(weights, gradient);
        var dU = empty_like(u);
        var memory = Lend(lease.Workspace, u, ScratchPerToken, places: 3);
        var pass = Pass(settings, lease.Workspace, TensorMemory.Pointer<T>(saved[0]), memory.Scratch);
        var (input, outputGradient, inputGradient) = (memory.Read(pass.Workers, u, 0), memory.Read(pass.Workers, dY, 1), memory.Place(dU, 2));
        using var lentInput = ProductMemory<TWeight>.LendFor(u, input);
        using var lentGradient = ProductMemory<TWeight>.LendFor(dY, outputGradient);
        Backward(
            pass,
            module.Parameters.View<TWeight>(weights),
            module.Parameters.View<TGradient>(weights),
            module.Parameters.View<TGradient>(gradient),
            input,
            outputGradient,
            inputGradient);
        Memory.Write(pass.Workers, inputGradient, dU);
        GC.KeepAlive(weights);
        GC.KeepAlive(gradient);
        GC.KeepAlive(saved);
        GC.KeepAlive(u);
        GC.KeepAlive(dY);
        return dU;
    }

    /// <summary>The generated forward: a layer's products read the weights as they are, so <paramref name="weights"/> and <paramref name="masters"/> are the same.</summary>
    protected abstract void Forward(Pass<T> pass, FlatView<TWeight> weights, FlatView<TGradient> masters, Matrix<T> u, Matrix<T> y);

    /// <summary>The generated backward: <paramref name="dU"/> is overwritten, <paramref name="gradient"/> added to, or set where <see cref="Pass{T}.Accumulates"/> says so.</summary>
    protected abstract void Backward(Pass<T> pass, FlatView<TWeight> weights, FlatView<TGradient> masters, FlatView<TGradient> gradient, Matrix<T> u, Matrix<T> dY, Matrix<T> dU);

    void ILendsMemory.Release()
    {
        _workspaces.Release();
        _products.Release();
    }

    private Pass<T> Pass(PassSettings settings, Workspace workspace, T* saved, T* scratch) => new(module, settings, workspace)
    {
        Saved = new Arena<T>(saved, settings.Tokens),
        Scratch = new Arena<T>(scratch, settings.Tokens),
        BlockRows = ProductMemory<TWeight>.BlockRows,
    };

    /// <summary>Scratch for a run, and behind it places for what comes and goes in a narrower type.</summary>
    private static Memory Lend(Workspace workspace, Tensor u, long perToken, int places)
    {
        var tokens = u.shape[0];
        var wide = typeof(T) == typeof(TWeight) ? 0 : places * u.numel();
        var scratch = workspace.Elements<T>((perToken * tokens) + wide);
        return new Memory(scratch, scratch + (nint)(perToken * tokens));
    }

    /// <summary>The scratch of a run, and its inputs and outputs in the type of activations.</summary>
    private readonly struct Memory(T* scratch, T* places)
    {
        public T* Scratch => scratch;

        /// <summary>Where a tensor's numbers are, or are to be: its own memory, or a place for as many.</summary>
        public Matrix<T> Place(Tensor tensor, int place)
        {
            if (typeof(T) == typeof(TWeight))
            {
                return TensorMemory.Matrix<T>(tensor);
            }

            var (rows, columns) = ((int)tensor.shape[0], (int)tensor.shape[1]);
            return new Matrix<T>(places + ((nint)place * rows * columns), rows, columns);
        }

        /// <summary>A tensor's numbers.</summary>
        public Matrix<T> Read(Workers workers, Tensor tensor, int place)
        {
            var values = Place(tensor, place);
            if (typeof(T) != typeof(TWeight))
            {
                Casts.Copy(workers, TensorMemory.Matrix<TWeight>(tensor), values);
            }

            return values;
        }

        /// <summary>Hands over what was computed in a place.</summary>
        public static void Write(Workers workers, Matrix<T> values, Tensor tensor)
        {
            if (typeof(T) != typeof(TWeight))
            {
                Casts.Copy(workers, values, TensorMemory.Matrix<TWeight>(tensor));
            }
        }
    }
}
