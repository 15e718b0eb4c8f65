#nullable disable // as in TorchSharp
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What a custom function's forward leaves for its backward.</summary>
        public unsafe class AutogradContext : IDisposable
        {
            private readonly nint weakNode;
            private readonly Dictionary<string, object> data = [];
            private readonly Lock gate = new();
            private List<Tensor> toSave = [];
            private nint[] saved = [];
            private bool disposed;

            internal AutogradContext(nint weakNode) => this.weakNode = weakNode;

            /// <summary>Whether an output that got no gradient gets zeros (the default) instead of null.</summary>
            public bool MaterializeGrads { get; private set; } = true;

            internal List<Tensor> DirtyTensors { get; private set; } = [];

            internal List<Tensor> NonDifferentiableTensors { get; private set; } = [];

            /// <summary>Keeps tensors for backward; null among them stays null.</summary>
            public void save_for_backward(List<Tensor> tensors) => toSave = tensors;

            /// <summary>Keeps anything but a tensor for backward.</summary>
            public void save_data(string key, object value) => data[key] = value;

            public object get_data(string key) => data.GetValueOrDefault(key);

            /// <summary>Says which inputs forward has changed in place.</summary>
            public void mark_dirty(List<Tensor> tensors) => DirtyTensors = [.. tensors];

            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiableTensors = [.. tensors];

            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            /// <summary>The saved tensors, as new handles.</summary>
            /// <exception cref="System.Runtime.InteropServices.ExternalException">A saved tensor has been changed in place since.</exception>
            public List<Tensor> get_saved_variables()
            {
                lock (gate)
                {
                    ObjectDisposedException.ThrowIf(disposed, this);
                    return [.. saved.Select(Unpack)];
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                lock (gate)
                {
                    if (disposed) return;
                    disposed = true;
                    foreach (var variable in saved) Free(variable);
                    NativeMethods.bridge_node_free_weak(weakNode);
                }
            }

            internal void SaveVariables()
            {
                var variables = new nint[toSave.Count];
                for (var i = 0; i < variables.Length; i++)
                {
                    if (toSave[i] is not { IsInvalid: false } tensor) continue;
                    nint variable;
                    NativeMethods.Check(NativeMethods.bridge_saved_new(tensor.Handle, weakNode, &variable));
                    GC.KeepAlive(tensor);
                    variables[i] = variable;
                }

                saved = variables;
                toSave = [];
            }

            private static void Free(nint variable)
            {
                if (variable != 0) NativeMethods.bridge_saved_free(variable);
            }

            private Tensor Unpack(nint variable)
            {
                if (variable == 0) return null;
                nint tensor;
                NativeMethods.Check(NativeMethods.bridge_saved_unpack(variable, weakNode, &tensor));
                return new Tensor(tensor);
            }
        }
    }
}
