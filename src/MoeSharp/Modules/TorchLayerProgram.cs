using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>The part of a layer's lowering to TorchSharp's operations that is the same for all.</summary>
public abstract class TorchLayerProgram(FlatModule module) : LayerProgram
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor weights, Tensor u, PassSettings settings, List<Tensor>? saved) =>
        Forward(new TorchPass(module, settings, weights.device), new TorchView(weights, module.Parameters.Table), u, saved);

    /// <inheritdoc/>
    public override Tensor Backward(Tensor weights, Tensor u, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dY, Tensor gradient) => Backward(
        new TorchPass(module, settings, weights.device),
        new TorchView(weights, module.Parameters.Table),
        new TorchView(gradient, module.Parameters.Table),
        new SavedTensors(saved),
        dY);

    /// <summary>The generated forward.</summary>
    protected abstract Tensor Forward(TorchPass pass, TorchView weights, Tensor u, List<Tensor>? saved);

    /// <summary>The generated backward.</summary>
    protected abstract Tensor Backward(TorchPass pass, TorchView weights, TorchView gradient, SavedTensors saved, Tensor dY);
}
