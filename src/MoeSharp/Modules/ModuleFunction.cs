using MoeSharp.Runtime;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>A call of a generated module under autograd: what differs between a layer and a model.</summary>
internal abstract class ModuleCall
{
    public required FlatModule Module { get; init; }

    public required PassSettings Settings { get; init; }

    /// <summary>
    /// Keeps forward's raw output alive until <c>apply</c> has returned: in TorchSharp nothing else does while native code copies it, and the collector
    /// may run just then.
    /// </summary>
    public Tensor? Output { get; set; }

    /// <summary>The output as the caller sees it, and what backward needs.</summary>
    public abstract Tensor Forward(Tensor input, List<Tensor>? saved);

    /// <summary>Adds the weights' gradients to a flat buffer; the input's gradient, or null where it has none.</summary>
    public abstract Tensor? Backward(Tensor input, IReadOnlyList<Tensor> saved, Tensor outputGradient, Tensor gradient);
}

/// <summary>
/// A generated module as one node of autograd's graph, whose backward is the generated one. Forward's input is checked before: an exception thrown in
/// backward would cross native code. What forward keeps belongs to the node, so the same module may be applied twice before one backward, and
/// <c>retain_graph</c> works. A second derivative is refused: with <c>create_graph</c> autograd answers that the derivative for nextafter is not implemented.
/// </summary>
internal sealed class ModuleFunction : autograd.SingleTensorFunction<ModuleFunction>
{
    private const string CallKey = "call";
    private const string GradientsKey = "gradients";

    /// <inheritdoc/>
    public override string Name => nameof(ModuleFunction);

    /// <summary>Runs a module on an input, on autograd's tape where a gradient is wanted.</summary>
    public static Tensor Run(ModuleCall call, Tensor input)
    {
        var parameters = call.Module.parameters(recurse: false).ToArray();
        if (!is_grad_enabled() || !(input.requires_grad || parameters.Any(parameter => parameter.requires_grad)))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            return call.Forward(input, saved: null).MoveToOuterDisposeScope();
        }

        var output = apply([call, input, .. parameters]);
        // No longer than that: the node holds the call, and the output holds the node.
        call.Output = null;
        return output;
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (call, input) = ((ModuleCall)vars[0], (Tensor)vars[1]);
        var saved = new List<Tensor>();
        call.Output = call.Forward(input, saved).MoveToOuterDisposeScope();
        ctx.save_data(CallKey, call);
        ctx.save_for_backward([input, .. saved.Select(tensor => tensor.MoveToOuterDisposeScope())]);
        return call.Output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var secondWanted = is_grad_enabled(); // create_graph
        using var noGrad = no_grad();
        var call = (ModuleCall)ctx.get_data(CallKey);
        var saved = ctx.get_saved_variables();
        var parameters = call.Module.Parameters;
        var flat = zeros_like(parameters.Weights);
        var dInput = call.Backward(saved[0], [.. saved.Skip(1)], grad_output.contiguous(), flat);

        var gradients = new List<Tensor> { null!, saved[0].requires_grad ? dInput! : null! };
        foreach (var (name, parameter) in call.Module.named_parameters(recurse: false))
        {
            gradients.Add(call.Module.Owns(name) && parameter.requires_grad ? FlatParameters.View(flat, parameters.Table[name]) : null!);
        }

        for (var index = 0; index < gradients.Count; index++)
        {
            gradients[index] = (secondWanted && gradients[index] is { } first ? WithoutDerivative(first) : gradients[index])?.MoveToOuterDisposeScope()!;
        }

        // As with Output: somebody must hold the list while native code reads it.
        ctx.save_data(GradientsKey, gradients);
        return gradients;
    }

    /// <summary>
    /// The same numbers, as the result of an operation that libtorch refuses to differentiate: <c>nextafter(x, x)</c> is x. An exception of our own in
    /// backward would cross native code, and a constant would leave the second derivative out silently wherever another path leads to the leaves.
    /// </summary>
    private static Tensor WithoutDerivative(Tensor gradient)
    {
        using var onTape = enable_grad();
        var wide = TorchOps.Wide(gradient.detach()).requires_grad_(true);
        return wide.nextafter(wide).to(gradient.dtype);
    }
}
