using System.Numerics;
using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>The part of a layer's CPU lowering that is the same for all: it lends memory to the generated methods.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public abstract class KernelLayerProgram<T>(FlatModule module) : LayerProgram, ILendsMemory
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly WorkspacePool _workspaces = new();

    /// <summary>Elements a token that forward keeps for backward.</summary>
    protected abstract long SavedPerToken { get; }

    /// <summary>Elements a token of scratch.</summary>
    protected abstract long ScratchPerToken { get; }

    /// <inheritdoc/>
    public override bool OverwritesExperts => true;

    /// <inheritdoc/>
    public override unsafe Tensor Forward(Tensor weights, Tensor u, PassSettings settings, List<Tensor>? saved)
    {
        using var lease = _workspaces.Rent();
        module.Bias?.Refresh<T>();
        var y = empty_like(u);
        var scratch = lease.Workspace.Elements<T>((ScratchPerToken + (saved is null ? SavedPerToken : 0)) * settings.Tokens);
        var kept = scratch + (nint)(ScratchPerToken * settings.Tokens);
        if (saved is not null)
        {
            var storage = LargeTensor.Empty(SavedPerToken * settings.Tokens, u.dtype);
            saved.Add(storage);
            kept = TensorMemory.Pointer<T>(storage);
        }

        Forward(Pass(settings, lease.Workspace, kept, scratch), module.Parameters.View<T>(weights), TensorMemory.Matrix<T>(u), TensorMemory.Matrix<T>(y));
        // The weights too are read by address: nobody may finalise them now.
        GC.KeepAlive(weights);
        GC.KeepAlive(u);
        return y;
    }

    /// <inheritdoc/>
    public override unsafe Tensor Backward(Tensor weights, Tensor u, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dY, Tensor gradient)
    {
        using var lease = _workspaces.Rent();
        var dU = empty_like(u);
        var pass = Pass(settings, lease.Workspace, TensorMemory.Pointer<T>(saved[0]), lease.Workspace.Elements<T>(ScratchPerToken * settings.Tokens));
        Backward(
            pass,
            module.Parameters.View<T>(weights),
            module.Parameters.View<T>(gradient),
            TensorMemory.Matrix<T>(u),
            TensorMemory.Matrix<T>(dY),
            TensorMemory.Matrix<T>(dU));
        GC.KeepAlive(weights);
        GC.KeepAlive(gradient);
        GC.KeepAlive(saved);
        GC.KeepAlive(u);
        GC.KeepAlive(dY);
        return dU;
    }

    /// <summary>The generated forward.</summary>
    protected abstract void Forward(Pass<T> pass, FlatView<T> weights, Matrix<T> u, Matrix<T> y);

    /// <summary>The generated backward: <paramref name="dU"/> is overwritten, <paramref name="gradient"/> added to.</summary>
    protected abstract void Backward(Pass<T> pass, FlatView<T> weights, FlatView<T> gradient, Matrix<T> u, Matrix<T> dY, Matrix<T> dU);

    void ILendsMemory.Release() => _workspaces.Release();

    private unsafe Pass<T> Pass(PassSettings settings, Workspace workspace, T* saved, T* scratch) => new(module, settings, workspace)
    {
        Saved = new Arena<T>(saved, settings.Tokens),
        Scratch = new Arena<T>(scratch, settings.Tokens),
    };
}
