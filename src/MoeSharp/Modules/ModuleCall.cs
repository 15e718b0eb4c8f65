using MoeSharp.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>A call of a generated module under autograd: what differs between a layer and a model, and what belongs to this call alone.</summary>
internal abstract class ModuleCall
{
    public required FlatModule Module { get; init; }

    public required PassSettings Settings { get; init; }

    /// <summary>Shape of the output as the caller sees it; the call itself computes <c>[tokens, columns]</c>.</summary>
    public required long[] OutputShape { get; init; }

    /// <summary>
    /// Keeps forward's raw output alive until <c>apply</c> has returned: in TorchSharp nothing else does while native code copies it, and the collector
    /// may run just then.
    /// </summary>
    public Tensor? Output { get; set; }

    /// <summary>
    /// The guard's leaf, until <c>apply</c> has returned. It is no argument of the node: as such it would get its gradient after the node's backward, not before.
    /// </summary>
    public Tensor? Leaf { get; set; }

    /// <summary>The ticket of the memory that forward's keeps lie in; null where it is the call's alone.</summary>
    public Tensor? Ticket { get; set; }

    /// <summary>The parameters the call was made with, and whether each wanted a gradient then. <c>to()</c> gives the module others.</summary>
    public Leaf[] Leaves { get; set; } = [];

    /// <summary>The flat weights the call was made with.</summary>
    public Tensor? Weights { get; set; }

    /// <summary>The input as backward wants it kept, not in the current scope.</summary>
    public abstract Tensor Keep(Tensor input);

    /// <summary>A tensor of the weights' type that changes whenever the kept input does, of no elements: <c>[tokens, 0]</c>.</summary>
    public abstract Tensor Watch(Tensor weights, Tensor input);

    /// <summary>The output, <c>[tokens, columns]</c>, and what backward needs.</summary>
    public abstract Tensor Forward(Tensor weights, Tensor input, List<Tensor>? saved);

    /// <summary>Adds the weights' gradients to a flat buffer, which may be that of <see cref="FreshGradient"/>; the input's gradient, or null where it has none.</summary>
    public abstract Tensor? Backward(Tensor weights, Tensor input, IReadOnlyList<Tensor> saved, Tensor outputGradient, Tensor gradient, bool fresh);

    /// <summary>A gradient's buffer for a backward that is told that it is fresh.</summary>
    /// <param name="weights">The weights of forward: the module may have others by now.</param>
    public Tensor FreshGradient(Tensor weights) => Module.Parameters.FreshGradient(weights, OverwritesExperts);

    /// <summary>Makes a gradient's buffer of before as good as <see cref="FreshGradient"/>; false where it is of other weights.</summary>
    public bool TryRenew(Tensor gradient) => Module.Parameters.TryRenewGradient(gradient, Weights!, OverwritesExperts);

    /// <summary>Whether backward sets the experts' gradients in a fresh buffer.</summary>
    protected abstract bool OverwritesExperts { get; }

    /// <summary>Whether what forward keeps is one buffer.</summary>
    public abstract bool KeepsOneBuffer { get; }
}

/// <summary>A parameter as a call met it.</summary>
/// <param name="Info">Where it lies in the flat buffer.</param>
/// <param name="Parameter">The parameter.</param>
/// <param name="Wanted">Whether it wanted a gradient.</param>
internal readonly record struct Leaf(ParameterInfo Info, Parameter Parameter, bool Wanted);
