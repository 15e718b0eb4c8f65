using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>y = x·Wᵀ + b, with W of [out, in].</summary>
        public sealed class Linear : nn.Module<Tensor, Tensor>
        {
            [ComponentName(Name = nameof(bias))]
            private Parameter? heldBias;
            [ComponentName(Name = nameof(weight))]
            private Parameter heldWeight = null!;

            internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
            {
                (in_features, out_features) = (weight.shape[1], weight.shape[0]);
                this.weight = weight;
                if (bias is not null) this.bias = bias;
            }

            internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
            {
                (in_features, out_features) = (inputSize, outputSize);
                weight = empty(outputSize, inputSize, device: device, dtype: dtype).AsParameter();
                nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
                if (!hasBias) return;
                bias = empty(outputSize, device: device, dtype: dtype).AsParameter();
                var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
                nn.init.uniform_(bias, -bound, bound);
            }

            public Parameter? bias
            {
                get => heldBias;
                set
                {
                    heldBias?.Dispose();
                    heldBias = (Parameter?)value?.DetachFromDisposeScope();
                    ConditionallyRegisterParameter(nameof(bias), heldBias);
                }
            }

            public Parameter weight
            {
                get => heldWeight;
                set
                {
                    ArgumentNullException.ThrowIfNull(value, nameof(weight));
                    if (ReferenceEquals(value, heldWeight)) return;
                    heldWeight?.Dispose();
                    heldWeight = (Parameter)value.DetachFromDisposeScope();
                    ConditionallyRegisterParameter(nameof(weight), heldWeight);
                }
            }

            public long in_features { get; set; }

            public long out_features { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null,
                ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);
        }
    }
}
