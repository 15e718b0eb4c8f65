using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>One lowering of a layer: forward, and backward from what forward kept.</summary>
public abstract class LayerProgram
{
    /// <summary>The layer's output.</summary>
    /// <param name="weights">The flat weights.</param>
    /// <param name="u">The input, <c>[tokens, dim]</c>, contiguous.</param>
    /// <param name="settings">Shapes, mask, mode.</param>
    /// <param name="saved">Receives what <see cref="Backward"/> needs beside the input; null where no gradient is wanted.</param>
    public abstract Tensor Forward(Tensor weights, Tensor u, PassSettings settings, List<Tensor>? saved);

    /// <summary>The gradient of the input.</summary>
    /// <param name="weights">The flat weights of forward.</param>
    /// <param name="u">The input of forward.</param>
    /// <param name="settings">The settings of forward.</param>
    /// <param name="saved">What forward kept; it is left as it is.</param>
    /// <param name="dY">The gradient of the output, <c>[tokens, dim]</c>, contiguous.</param>
    /// <param name="gradient">A flat buffer that the weights' gradients are added to.</param>
    public abstract Tensor Backward(Tensor weights, Tensor u, PassSettings settings, IReadOnlyList<Tensor> saved, Tensor dY, Tensor gradient);

    /// <summary>Whether backward can set the experts' gradients in a new buffer, rather than add to zeros.</summary>
    public virtual bool OverwritesExperts => false;

    /// <summary>Whether what forward keeps is one buffer, of which backward wants nothing else to be true than its contents.</summary>
    public virtual bool KeepsOneBuffer => false;
}
