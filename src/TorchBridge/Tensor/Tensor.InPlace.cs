using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Operations that change the tensor in place, and return it.</summary>
    public partial class Tensor
    {
        public Tensor abs_() => Op.Mutate("abs_(self)", this);

        public Tensor neg_() => Op.Mutate("neg_(self)", this);

        public Tensor exp_() => Op.Mutate("exp_(self)", this);

        public Tensor expm1_() => Op.Mutate("expm1_(self)", this);

        public Tensor log_() => Op.Mutate("log_(self)", this);

        public Tensor log10_() => Op.Mutate("log10_(self)", this);

        public Tensor log1p_() => Op.Mutate("log1p_(self)", this);

        public Tensor log2_() => Op.Mutate("log2_(self)", this);

        public Tensor sqrt_() => Op.Mutate("sqrt_(self)", this);

        public Tensor rsqrt_() => Op.Mutate("rsqrt_(self)", this);

        public Tensor sin_() => Op.Mutate("sin_(self)", this);

        public Tensor cos_() => Op.Mutate("cos_(self)", this);

        public Tensor tan_() => Op.Mutate("tan_(self)", this);

        public Tensor tanh_() => Op.Mutate("tanh_(self)", this);

        public Tensor erf_() => Op.Mutate("erf_(self)", this);

        public Tensor sign_() => Op.Mutate("sign_(self)", this);

        public Tensor floor_() => Op.Mutate("floor_(self)", this);

        public Tensor ceil_() => Op.Mutate("ceil_(self)", this);

        public Tensor trunc_() => Op.Mutate("trunc_(self)", this);

        public Tensor frac_() => Op.Mutate("frac_(self)", this);

        public Tensor reciprocal_() => Op.Mutate("reciprocal_(self)", this);

        public Tensor sigmoid_() => Op.Mutate("sigmoid_(self)", this);

        public Tensor relu_() => Op.Mutate("relu_(self)", this);

        public Tensor silu_() => Op.Mutate("silu_(self)", this);

        public Tensor selu_() => Op.Mutate("selu_(self)", this);

        public Tensor zero_() => Op.Mutate("zero_(self)", this);

        public Tensor detach_() => Op.Mutate("detach_(self)", this);

        public Tensor add_(Tensor target) => Op.Mutate("add_.Tensor(self, other)", this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Op.Mutate("add_.Tensor(self, other, alpha)", this, target, alpha);

        public Tensor add_(Scalar scalar) => Op.Mutate("add_.Scalar(self, other)", this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => Op.Mutate("add_.Scalar(self, other, alpha)", this, scalar, alpha);

        public Tensor sub_(Tensor target) => Op.Mutate("sub_.Tensor(self, other)", this, target);

        public Tensor sub_(Scalar target) => Op.Mutate("sub_.Scalar(self, other)", this, target);

        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor mul_(Tensor target) => Op.Mutate("mul_.Tensor(self, other)", this, target);

        public Tensor mul_(Scalar target) => Op.Mutate("mul_.Scalar(self, other)", this, target);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Mutate("div_.Tensor_mode(self, other, rounding_mode)", this, target, Rounding(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Mutate("div_.Scalar_mode(self, other, rounding_mode)", this, target, Rounding(rounding_mode));

        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor remainder_(Tensor target) => Op.Mutate("remainder_.Tensor(self, other)", this, target);

        public Tensor remainder_(Scalar scalar) => Op.Mutate("remainder_.Scalar(self, other)", this, scalar);

        public Tensor pow_(Tensor exponent) => Op.Mutate("pow_.Tensor(self, exponent)", this, exponent);

        public Tensor pow_(Scalar exponent) => Op.Mutate("pow_.Scalar(self, exponent)", this, exponent);

        public Tensor round_(long decimals = 0) => Op.Mutate("round_.decimals(self, decimals)", this, decimals);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.Mutate("addcmul_(self, tensor1, tensor2, value)", this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.Mutate("addcdiv_(self, tensor1, tensor2, value)", this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Op.Mutate("addcdiv_(self, tensor1, tensor2)", this, tensor1, tensor2);

        public Tensor lerp_(Tensor end, Tensor weight) => Op.Mutate("lerp_.Tensor(self, end, weight)", this, end, weight);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Op.Mutate("clamp_(self, min, max)", this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Op.Mutate("clamp_.Tensor(self, min, max)", this, min, max);

        public Tensor clamp_max_(Scalar max) => Op.Mutate("clamp_max_(self, max)", this, max);

        public Tensor clamp_min_(Scalar min) => Op.Mutate("clamp_min_(self, min)", this, min);

        public Tensor leaky_relu_(Scalar negative_slope) => Op.Mutate("leaky_relu_(self, negative_slope)", this, negative_slope);

        public Tensor gelu_() => Op.Mutate("gelu_(self)", this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Op.Mutate("copy_(self, src, non_blocking)", this, source, nonBlocking);

        public Tensor fill_(Scalar value) => Op.Mutate("fill_.Scalar(self, value)", this, value);

        public Tensor set_(Tensor source) => Op.Mutate("set_.source_Tensor(self, source)", this, source);

        public Tensor squeeze_(long? dim = null) => dim is long d ? Op.Mutate("squeeze_.dim(self, dim)", this, d) : Op.Mutate("squeeze_(self)", this);

        public Tensor unsqueeze_(long dim) => Op.Mutate("unsqueeze_(self, dim)", this, dim);

        public Tensor transpose_(long dim0, long dim1) => Op.Mutate("transpose_(self, dim0, dim1)", this, dim0, dim1);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Op.Mutate("masked_fill_.Scalar(self, mask, value)", this, mask, value);

        public Tensor masked_scatter_(Tensor mask, Tensor value) => Op.Mutate("masked_scatter_(self, mask, source)", this, mask, value);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op.Mutate("index_add_(self, dim, index, source, alpha)", this, dim, index, source, alpha);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Op.Mutate("index_copy_(self, dim, index, source)", this, dim, index, source);

        public Tensor index_fill_(long dim, Tensor index, Scalar value) =>
            Op.Mutate("index_fill_.int_Scalar(self, dim, index, value)", this, dim, index, value);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Op.Mutate("scatter_.src(self, dim, index, src)", this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Op.Mutate("scatter_add_(self, dim, index, src)", this, dim, index, src);

        public Tensor tril_(long diagonal = 0) => Op.Mutate("tril_(self, diagonal)", this, diagonal);

        public Tensor triu_(long diagonal = 0) => Op.Mutate("triu_(self, diagonal)", this, diagonal);

        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) =>
            Op.Mutate("addmm_(self, mat1, mat2, beta, alpha)", this, mat1, mat2, beta, alpha);

        public Tensor addmv_(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) =>
            Op.Mutate("addmv_(self, mat, vec, beta, alpha)", this, mat, vec, beta, alpha);

        public Tensor addbmm_(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) =>
            Op.Mutate("addbmm_(self, batch1, batch2, beta, alpha)", this, batch1, batch2, beta, alpha);

        public Tensor addr_(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) =>
            Op.Mutate("addr_(self, vec1, vec2, beta, alpha)", this, vec1, vec2, beta, alpha);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Op.Mutate("normal_(self, mean, std, generator)", this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Op.Mutate("uniform_(self, from, to, generator)", this, from, to, generator);

        public Tensor random_(double from, double to, Generator? generator = null) =>
            Op.Mutate("random_.from(self, from, to, generator)", this, (long)from, (long)to, generator);

        public Tensor exponential_(double lambda = 1, Generator? generator = null) =>
            Op.Mutate("exponential_(self, lambd, generator)", this, lambda, generator);

        public Tensor log_normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Op.Mutate("log_normal_(self, mean, std, generator)", this, mean, std, generator);

        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Op.Mutate("bernoulli_.float(self, p, generator)", this, p, generator);

        public Tensor bernoulli_(Tensor p, Generator? generator = null) => Op.Mutate("bernoulli_.Tensor(self, p, generator)", this, p, generator);
    }
}
