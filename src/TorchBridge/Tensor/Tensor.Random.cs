using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Random numbers drawn after the tensor's own shape or values.</summary>
    public partial class Tensor
    {
        public Tensor bernoulli(Generator? generator = null) => Op.Call("bernoulli(self, generator)", this, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Op.Call("multinomial(self, num_samples, replacement, generator)", this, num_samples, replacement, generator);

        public Tensor poisson(Generator? generator = null) => Op.Call("poisson(self, generator)", this, generator);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.Call("rand_like(self, dtype, device)", this, dtype, device).requires_grad_(requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.Call("randn_like(self, dtype, device)", this, dtype, device).requires_grad_(requires_grad);

        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Op.Call("randint_like.low_dtype(self, low, high, dtype, device)", this, low, high, dtype, device).requires_grad_(requires_grad);
    }
}
