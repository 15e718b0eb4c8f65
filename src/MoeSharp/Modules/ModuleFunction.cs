using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// A generated module as one node of autograd's graph, whose backward is the generated one. Forward's input is checked before, and a
/// <see cref="CallGuard"/> stands between the node and its users: an exception thrown in backward would cross native code. What forward keeps, the weights
/// among it, belongs to the node, so the same module may be applied twice before one backward, moved or disposed of in between, and <c>retain_graph</c>
/// works, with <see cref="FlatModule.ReusesMemory"/> until the next forward. A second derivative is refused: with <c>create_graph</c> autograd answers
/// that the derivative for nextafter is not implemented.
/// </summary>
internal sealed class ModuleFunction : autograd.SingleTensorFunction<ModuleFunction>
{
    private const string CallKey = "call";

    // What the last backward of this thread returned. Somebody must hold it while native code reads it, which is over when the thread is here again.
    [ThreadStatic]
    private static List<Tensor>? t_returned;

    /// <inheritdoc/>
    public override string Name => nameof(ModuleFunction);

    /// <summary>Runs a module on an input, on autograd's tape where a gradient is wanted.</summary>
    public static Tensor Run(ModuleCall call, Tensor input)
    {
        ReleaseReturned();
        var module = call.Module;
        call.Weights = module.Parameters.Weights;
        call.Leaves = [.. module.named_parameters(recurse: false)
            .Where(named => module.Owns(named.name))
            .Select(named => new Leaf(module.Parameters.Table[named.name], named.parameter, named.parameter.requires_grad))];
        if (!is_grad_enabled() || !(input.requires_grad || Array.Exists(call.Leaves, each => each.Wanted)))
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            return call.Forward(call.Weights, input, saved: null).view(call.OutputShape).MoveToOuterDisposeScope();
        }

        using var leaf = CallGuard.Leaf(call.Weights, call.OutputShape[^1]);
        (call.Leaf, call.Ticket) = (leaf, module.ReusesMemory && call.KeepsOneBuffer ? KeptMemory.Ticket(call.Weights) : null);
        using var output = apply([call, input, .. call.Leaves.Select(each => each.Parameter)]);

        // No longer than that: the node holds the call, and the output holds the node.
        (call.Output, call.Leaf) = (null, null);
        using var watched = call.Watch(call.Weights, input);
        CallGuard.Put(leaf, call.Weights, watched, call.Ticket, output);
        return output.view(call.OutputShape);
    }

    /// <inheritdoc/>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var (call, input) = ((ModuleCall)vars[0], (Tensor)vars[1]);
        var (kept, saved) = (call.Keep(input), new List<Tensor>());
        call.Output = call.Forward(call.Weights!, kept, saved).MoveToOuterDisposeScope();
        ctx.save_data(CallKey, call);
        ctx.save_for_backward([kept, call.Weights!, call.Leaf!, .. saved.Select(tensor => tensor.MoveToOuterDisposeScope())]);
        return call.Output;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        ReleaseReturned();
        using var scope = NewDisposeScope();
        var secondWanted = is_grad_enabled(); // create_graph
        using var noGrad = no_grad();
        var call = (ModuleCall)ctx.get_data(CallKey);
        var saved = ctx.get_saved_variables();
        var (input, weights) = (saved[0], saved[1]);
        var gradients = new Tensor?[call.Leaves.Length + 2];

        void Backward(Tensor flat, bool fresh) => gradients[1] = call.Backward(weights, input, saved[3..], grad_output.contiguous(), flat, fresh);

        var allLeaves = CallGuard.TakeIsForAllLeaves(saved[2]) && !secondWanted;
        if (!allLeaves || !call.Module.TryAddToLeaves(call, Backward))
        {
            var flat = call.FreshGradient(weights);
            Backward(flat, fresh: true);
            for (var each = 0; each < call.Leaves.Length; each++)
            {
                gradients[each + 2] = call.Leaves[each].Wanted ? FlatParameters.View(flat, call.Leaves[each].Info) : null;
            }
        }

        if (call.Ticket is { } ticket && call.Module.LendsKept)
        {
            call.Module.Kept.Return(saved[3], ticket);
        }

        gradients[1] = input.requires_grad ? gradients[1] : null;
        t_returned = [.. gradients.Select(gradient => (secondWanted && gradient is not null ? WithoutDerivative(gradient) : gradient)?.MoveToOuterDisposeScope()!)];
        return t_returned;
    }

    private static void ReleaseReturned()
    {
        t_returned?.ForEach(gradient => gradient?.Dispose());
        t_returned = null;
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
