using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor's part in the tape.</summary>
    public unsafe partial class Tensor
    {
        public bool requires_grad
        {
            get => Read(NativeMethods.bridge_tensor_requires_grad(Handle)) != 0;
            set => NativeMethods.Check(Read(NativeMethods.bridge_tensor_set_requires_grad(Handle, value ? 1 : 0)));
        }

        /// <summary>The gradient that backward has accumulated: null before there is one. A new handle to the same tensor at every reading.</summary>
        public Tensor? grad
        {
            get
            {
                nint gradient;
                NativeMethods.Check(Read(NativeMethods.bridge_tensor_grad(Handle, &gradient)));
                return gradient == 0 ? null : new Tensor(gradient);
            }

            set
            {
                NativeMethods.Check(Read(NativeMethods.bridge_tensor_set_grad(Handle, value is null ? 0 : value.Handle)));
                GC.KeepAlive(value);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Keeps the gradient of a tensor that is not a leaf.</summary>
        public void retain_grad() => NativeMethods.Check(Read(NativeMethods.bridge_tensor_retain_grad(Handle)));

        /// <summary>Accumulates the gradients of this scalar into the leaves it was computed from.</summary>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">The tensor is not a scalar, has no graph, or its graph is
        /// gone.</exception>
        public void backward() => autograd.backward([this]);

        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }
}
