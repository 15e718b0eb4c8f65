using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>libtorch's tape.</summary>
    public static unsafe partial class autograd
    {
        /// <summary>The gradients of the outputs with respect to the inputs, which accumulate nowhere.</summary>
        public static IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            nint[] outs = Handles(outputs), ins = Handles(inputs), grads = Handles(grad_outputs), found = new nint[ins.Length];
            fixed (nint* o = outs, i = ins, g = grads, f = found)
                NativeMethods.Check(NativeMethods.bridge_grad(
                    o, outs.Length, i, ins.Length, g, grads.Length, Flag(retain_graph), Flag(create_graph), Flag(allow_unused), f));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return [.. found.Select(handle => new Tensor(handle))];
        }

        /// <summary>Accumulates gradients into the leaves (or only into <paramref name="inputs"/>).</summary>
        public static void backward(IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            nint[] outs = Handles(tensors), grads = Handles(grad_tensors), ins = Handles(inputs);
            fixed (nint* o = outs, g = grads, i = ins)
                NativeMethods.Check(NativeMethods.bridge_backward(
                    o, outs.Length, g, grads.Length, Flag(retain_graph ?? create_graph), Flag(create_graph), i, ins.Length));
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        public static void backward(Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        public static AnomalyMode detect_anomaly(bool check_nan = true) => new(true, check_nan);

        public static AnomalyMode set_detect_anomaly(bool mode, bool check_nan = true) => new(mode, check_nan);

        private static nint[] Handles(IEnumerable<Tensor?>? tensors) => tensors is null ? [] : [.. tensors.Select(t => t is null ? 0 : t.Handle)];

        private static int Flag(bool value) => value ? 1 : 0;
    }
}
