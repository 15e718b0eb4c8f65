using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Normalises over the last dimensions (Ba et al., arXiv 1607.06450).</summary>
        public sealed class LayerNorm : nn.Module<Tensor, Tensor>
        {
            [ComponentName(Name = nameof(bias))]
            private Parameter? heldBias;
            [ComponentName(Name = nameof(weight))]
            private Parameter? heldWeight;

            internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype)
                : base(nameof(LayerNorm))
            {
                (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
                if (!elementwise_affine) return;
                weight = ones(normalized_shape, dtype, device).AsParameter();
                if (bias) this.bias = zeros(normalized_shape, dtype, device).AsParameter();
            }

            public Parameter? bias
            {
                get => heldBias;
                set => heldBias = Replace(nameof(bias), heldBias, value);
            }

            public Parameter? weight
            {
                get => heldWeight;
                set => heldWeight = Replace(nameof(weight), heldWeight, value);
            }

            public long[] normalized_shape { get; set; }

            public double eps { get; set; }

            public bool elementwise_affine { get; set; }

            public void reset_parameters()
            {
                if (weight is not null) nn.init.ones_(weight);
                if (bias is not null) nn.init.zeros_(bias);
            }

            public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, normalized_shape, weight, bias, eps);

            private Parameter? Replace(string key, Parameter? old, Parameter? value)
            {
                if (!ReferenceEquals(old, value)) old?.Dispose();
                value?.DetachFromDisposeScope();
                ConditionallyRegisterParameter(key, value);
                return value;
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static Modules.LayerNorm LayerNorm(long normalized_shape, double eps = 1e-5, bool elementwise_affine = true, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);
        }
    }
}
