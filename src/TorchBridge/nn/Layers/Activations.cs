using static TorchSharp.torch;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>A module without parameters: moving it does nothing.</summary>
        public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>
        {
            protected ParameterLessModule(string name) : base(name)
            {
            }
        }

        public sealed class ReLU : ParameterLessModule<Tensor, Tensor>
        {
            internal ReLU(bool inplace) : base(nameof(ReLU)) => this.inplace = inplace;

            public bool inplace { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, inplace);
        }

        public sealed class SiLU : ParameterLessModule<Tensor, Tensor>
        {
            internal SiLU(bool inplace) : base(nameof(SiLU)) => this.inplace = inplace;

            public bool inplace { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.silu(tensor, inplace);

            public override string GetName() => nameof(SiLU);
        }

        public sealed class GELU : ParameterLessModule<Tensor, Tensor>
        {
            internal GELU(bool inplace) : base(nameof(GELU)) => this.inplace = inplace;

            public bool inplace { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.gelu(tensor, inplace);
        }

        public sealed class Sigmoid : ParameterLessModule<Tensor, Tensor>
        {
            internal Sigmoid(bool inplace) : base(nameof(Sigmoid)) => this.inplace = inplace;

            public bool inplace { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.sigmoid(tensor, inplace);
        }

        public sealed class Tanh : ParameterLessModule<Tensor, Tensor>
        {
            internal Tanh(bool inplace) : base(nameof(Tanh)) => this.inplace = inplace;

            public bool inplace { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.tanh(tensor, inplace);
        }

        public sealed class Dropout : ParameterLessModule<Tensor, Tensor>
        {
            internal Dropout(double p, bool inplace) : base(nameof(Dropout)) => (this.p, this.inplace) = (p, inplace);

            public bool inplace { get; set; }

            public double p { get; set; }

            public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, p, training, inplace);
        }

        public sealed class Identity : ParameterLessModule<Tensor, Tensor>
        {
            internal Identity() : base(nameof(Identity))
            {
            }

            public override Tensor forward(Tensor tensor) => tensor.alias();
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.ReLU ReLU(bool inplace = false) => new(inplace);

            public static Modules.SiLU SiLU() => new(false);

            public static Modules.SiLU SiLU(bool inplace) => new(inplace);

            public static Modules.GELU GELU() => new(false);

            public static Modules.GELU GELU(bool inplace) => new(inplace);

            public static Modules.Sigmoid Sigmoid() => new(false);

            public static Modules.Sigmoid Sigmoid(bool inplace) => new(inplace);

            public static Modules.Tanh Tanh() => new(false);

            public static Modules.Tanh Tanh(bool inplace = false) => new(inplace);

            public static Modules.Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            public static Modules.Identity Identity() => new();
        }
    }
}
