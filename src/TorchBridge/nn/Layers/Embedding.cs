using TorchSharp.Native;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>Rows of a table by number.</summary>
        public sealed class Embedding : nn.Module<Tensor, Tensor>
        {
            private readonly long paddingIndex;
            private readonly bool scaleGradByFreq;
            private readonly bool sparse;
            [ComponentName(Name = nameof(weight))]
            private Parameter heldWeight;

            internal Embedding(Parameter weight, long? paddingIndex, bool scaleGradByFreq, bool sparse) : base(nameof(Embedding))
            {
                (this.paddingIndex, this.scaleGradByFreq, this.sparse) = (paddingIndex ?? -1, scaleGradByFreq, sparse);
                heldWeight = (Parameter)weight.DetachFromDisposeScope();
                ConditionallyRegisterParameter(nameof(weight), heldWeight);
            }

            public Parameter? weight
            {
                get => heldWeight;
                set
                {
                    heldWeight = value ?? throw new ArgumentNullException(nameof(weight), "weight cannot be set to 'null'");
                    ConditionallyRegisterParameter(nameof(weight), value);
                }
            }

            public override Tensor forward(Tensor input) =>
                Op.Call(
                    "embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)", heldWeight, input, paddingIndex, scaleGradByFreq, sparse);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A table of N(0, 1) numbers; the row at <paramref name="padding_idx"/> is zero and gets no gradient.</summary>
            /// <exception cref="NotSupportedException"><paramref name="max_norm"/> is given.</exception>
            public static Modules.Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null)
            {
                if (max_norm is not null) throw new NotSupportedException("TorchBridge's Embedding has no max_norm; leave it out.");
                var table = randn(num_embeddings, embedding_dims, dtype, device);
                if (padding_idx is long row) table[row].zero_();
                return new Modules.Embedding(new Modules.Parameter(table), padding_idx, scale_grad_by_freq, sparse);
            }
        }
    }
}
