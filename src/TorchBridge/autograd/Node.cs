#nullable disable // as in TorchSharp
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>
        /// One application of a custom function: the tape's node on the managed side. It lives as long as the native node, which holds it.
        /// </summary>
        internal sealed unsafe class Node
        {
            private readonly IFunction function;
            private readonly bool[] isTensor;
            private List<Tensor> outputShapes = [];
            private nint strong;

            private Node(IFunction function, object[] arguments)
            {
                this.function = function;
                isTensor = [.. arguments.Select(argument => argument is Tensor { IsInvalid: false })];
                var self = (void*)GCHandle.ToIntPtr(GCHandle.Alloc(this));
                nint weak, held;
                NativeMethods.Check(NativeMethods.bridge_node_new(self, &Backward, &Release, &held, &weak));
                strong = held;
                Context = new AutogradContext(weak);
            }

            private AutogradContext Context { get; }

            /// <summary>Runs forward off the tape, and ties its outputs to the tape if any input needs a gradient.</summary>
            public static List<Tensor> Apply(IFunction function, object[] arguments)
            {
                var inputs = arguments.OfType<Tensor>().Where(tensor => !tensor.IsInvalid).ToList();
                var executable = AutoGradMode.IsEnabled && inputs.Exists(tensor => tensor.requires_grad);
                var node = new Node(function, arguments);
                try
                {
                    if (executable)
                    {
                        var handles = Handles(inputs);
                        fixed (nint* i = handles)
                            NativeMethods.Check(NativeMethods.bridge_node_set_inputs(node.strong, i, handles.Length));
                        GC.KeepAlive(inputs);
                    }

                    List<Tensor> outputs;
                    using (new AutoGradMode(false)) outputs = function.Forward(node.Context, arguments);
                    outputs = node.Wrap(inputs, outputs, executable);
                    if (executable) node.Context.SaveVariables();
                    return outputs;
                }
                finally
                {
                    // From here on the graph alone holds the node.
                    NativeMethods.bridge_node_free_strong(node.strong);
                    node.strong = 0;
                }
            }

            private List<Tensor> Wrap(List<Tensor> inputs, List<Tensor> outputs, bool executable)
            {
                nint[] ins = Handles(inputs), outs = Handles(outputs), constant = Handles(Context.NonDifferentiableTensors),
                    dirty = Handles(Context.DirtyTensors);
                fixed (nint* i = ins, o = outs, c = constant, d = dirty)
                    NativeMethods.Check(NativeMethods.bridge_node_wrap_outputs(
                        executable ? strong : 0, i, ins.Length, c, constant.Length, d, dirty.Length, o, outs.Length));
                GC.KeepAlive((inputs, outputs, Context));
                var wrapped = outs.Select(handle => handle == 0 ? null : new Tensor(handle)).ToList();
                if (executable) outputShapes = [.. wrapped.Select(Shape)];
                return wrapped;
            }

            // An output's shape, type and device without its memory: what zeros for a missing gradient are made of.
            private static Tensor Shape(Tensor output)
            {
                if (output is null) return null;
                using var one = empty([1], output.dtype, output.device);
                using var noGrad = no_grad();
                return one.expand(output.shape).DetachFromDisposeScope();
            }

            private Tensor Gradient(nint handle, int index)
            {
                if (handle != 0) return new Tensor(handle);
                if (!Context.MaterializeGrads || outputShapes[index] is null) return Tensor.Undefined();
                return zeros(outputShapes[index].shape, outputShapes[index].dtype, outputShapes[index].device);
            }

            private void RunBackward(ReadOnlySpan<nint> gradients, Span<nint> results)
            {
                var inputs = new List<Tensor>();
                for (var i = 0; i < gradients.Length; i++) inputs.Add(Gradient(gradients[i], i));
                var outputs = function.Backward(Context, inputs);
                if (outputs.Count > isTensor.Length && outputs.Skip(isTensor.Length).All(IsNothing)) outputs = outputs.GetRange(0, isTensor.Length);
                if (outputs.Count != isTensor.Length)
                    throw new InvalidOperationException(
                        $"Function {function.Name} returned an incorrect number of gradients "
                        + $"(expected {isTensor.Length}, one an argument of forward, got {outputs.Count})");
                var next = 0;
                for (var i = 0; i < outputs.Count; i++)
                {
                    if (isTensor[i]) results[next++] = IsNothing(outputs[i]) ? 0 : outputs[i].Handle;
                    else if (!IsNothing(outputs[i]))
                        throw new InvalidOperationException(
                            $"Function {function.Name} returned a gradient at position {i + 1}, "
                            + "but the forward argument there was not a Tensor: return null for it");
                }

                // The native side takes references of its own before the managed tensors can go.
                for (var i = 0; i < next; i++)
                    if (results[i] != 0) results[i] = NativeMethods.bridge_tensor_share(results[i]);
                GC.KeepAlive(outputs);
            }

            private static bool IsNothing(Tensor tensor) => tensor is null || tensor.IsInvalid;

            // Called by the native node. An exception must not cross native frames: it is returned, and rethrown where backward was called.
            [UnmanagedCallersOnly]
            private static void* Backward(void* state, nint* gradients, int count, nint* results, int resultsCount)
            {
                try
                {
                    var node = (Node)GCHandle.FromIntPtr((nint)state).Target;
                    node.RunBackward(new ReadOnlySpan<nint>(gradients, count), new Span<nint>(results, resultsCount));
                    return null;
                }
                catch (Exception exception)
                {
                    return (void*)GCHandle.ToIntPtr(GCHandle.Alloc(ExceptionDispatchInfo.Capture(exception)));
                }
            }

            // Called when the native node goes, on whatever thread lets go of the graph.
            [UnmanagedCallersOnly]
            private static void Release(void* state)
            {
                var handle = GCHandle.FromIntPtr((nint)state);
                var node = (Node)handle.Target;
                handle.Free();
                node.Context?.Dispose();
                foreach (var shape in node.outputShapes) shape?.Dispose();
            }
        }

        /// <summary>A custom function as its node sees it.</summary>
        internal interface IFunction
        {
            string Name { get; }

            List<Tensor> Forward(AutogradContext context, object[] arguments);

            List<Tensor> Backward(AutogradContext context, List<Tensor> gradients);
        }
    }
}
