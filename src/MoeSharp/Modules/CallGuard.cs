using MoeSharp.Runtime;
using static TorchSharp.torch;

namespace MoeSharp.Modules;

/// <summary>
/// What stands between a call's node and the users of its output: two or three operations of libtorch's own that change nothing. Their backward comes before
/// the call's.
/// <list type="bullet">
/// <item>A product of no terms, or two. libtorch keeps their factors for backward as it does those of any product; they are views of no elements of the
/// weights, of the input and of the ticket of memory that is used again, which share their version counters. Where one of them was changed in place since
/// forward, or the graph was freed, libtorch raises its usual error there, in native code, and the caller can catch it. An exception from the call's own
/// backward would end the process.</item>
/// <item>The sum with a leaf of no elements that nobody else knows. A gradient arrives at it when <c>backward()</c> goes to all leaves, and does not when
/// the caller asked for the gradients of certain tensors (<c>autograd.grad</c>, <c>inputs:</c>): a node cannot otherwise tell these apart.</item>
/// </list>
/// </summary>
internal static class CallGuard
{
    /// <summary>The leaf that nobody else knows, <c>[0, columns]</c>.</summary>
    public static Tensor Leaf(Tensor weights, long columns) => zeros(0, columns, dtype: weights.dtype, device: weights.device, requires_grad: true);

    /// <summary>Guards a call.</summary>
    /// <param name="leaf">Its leaf.</param>
    /// <param name="weights">The flat weights.</param>
    /// <param name="watched">A view of the input, <c>[tokens, 0]</c>.</param>
    /// <param name="ticket">The ticket of memory that is used again, <c>[0]</c>; null where there is none.</param>
    /// <param name="output">The call's output, <c>[tokens, columns]</c>, on the tape; its node becomes the guard's.</param>
    public static void Put(Tensor leaf, Tensor weights, Tensor watched, Tensor? ticket, Tensor output)
    {
        using var scope = NewDisposeScope();
        _ = output.index_add_(0, zeros(0, dtype: ScalarType.Int64, device: output.device), leaf, Scalars.One);

        // Each factor is kept for the other's gradient: both must want one.
        var left = watched.detach().requires_grad_(true);
        var right = weights.narrow(0, 0, 0).view(0, output.shape[1]).detach().requires_grad_(true);
        _ = output.addmm_(left, right);
        if (ticket is not null)
        {
            _ = output.addmm_(left, ticket.view(0, output.shape[1]).detach().requires_grad_(true));
        }
    }

    /// <summary>Whether the backward that is running goes to all leaves. To be asked once in each.</summary>
    public static bool TakeIsForAllLeaves(Tensor leaf)
    {
        using var arrived = leaf.grad;
        leaf.grad = null;
        return arrived is not null;
    }
}
