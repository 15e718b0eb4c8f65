#nullable disable // as in TorchSharp
namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>
        /// An operation with a backward of its own. <c>apply</c> calls <c>forward</c> with whatever arguments, tensors or not, and puts one node on
        /// the tape;
        /// <c>backward</c> returns one gradient an argument, null where there is none.
        /// </summary>
        public abstract class Function<T> : IFunction where T : Function<T>, new()
        {
            private static readonly T Instance = new();

            /// <summary>The name that errors show.</summary>
            public abstract string Name { get; }

            public static List<Tensor> apply_internal(params object[] vars) => Node.Apply(Instance, vars);

            List<Tensor> IFunction.Forward(AutogradContext context, object[] arguments) => ForwardInternal(context, arguments);

            List<Tensor> IFunction.Backward(AutogradContext context, List<Tensor> gradients) => BackwardInternal(context, gradients);

            internal abstract List<Tensor> ForwardInternal(AutogradContext context, object[] arguments);

            internal abstract List<Tensor> BackwardInternal(AutogradContext context, List<Tensor> gradients);
        }

        /// <summary>A custom function with one output.</summary>
        public abstract class SingleTensorFunction<T> : Function<T> where T : SingleTensorFunction<T>, new()
        {
            public static Tensor apply(params object[] vars) => apply_internal(vars)[0];

            public abstract Tensor forward(AutogradContext ctx, params object[] vars);

            public abstract List<Tensor> backward(AutogradContext ctx, Tensor grad_output);

            internal sealed override List<Tensor> ForwardInternal(AutogradContext context, object[] arguments) => [forward(context, arguments)];

            internal sealed override List<Tensor> BackwardInternal(AutogradContext context, List<Tensor> gradients) =>
                backward(context, gradients[0]);
        }

        /// <summary>A custom function with several outputs.</summary>
        public abstract class MultiTensorFunction<T> : Function<T> where T : MultiTensorFunction<T>, new()
        {
            public static List<Tensor> apply(params object[] vars) => apply_internal(vars);

            public abstract List<Tensor> forward(AutogradContext ctx, params object[] vars);

            public abstract List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs);

            internal sealed override List<Tensor> ForwardInternal(AutogradContext context, object[] arguments) => forward(context, arguments);

            internal sealed override List<Tensor> BackwardInternal(AutogradContext context, List<Tensor> gradients) => backward(context, gradients);
        }
    }
}
