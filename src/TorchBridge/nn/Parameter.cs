#nullable disable // as in TorchSharp
namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>A tensor that a module trains.</summary>
        public class Parameter : torch.Tensor
        {
            /// <summary>
            /// Takes over a tensor's memory; <paramref name="data"/> becomes empty, and its dispose scope owns the parameter instead.
            /// </summary>
            public Parameter(torch.Tensor data, bool requires_grad = true) : base(data.with_requires_grad(requires_grad).MoveHandle(), false) =>
                DisposeScope.ReplaceWith(data, this);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
