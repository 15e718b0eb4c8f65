using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Elementwise operations that make a new tensor.</summary>
    public partial class Tensor
    {
        public Tensor abs() => Op.Call("abs(self)", this);

        public Tensor neg() => Op.Call("neg(self)", this);

        public Tensor exp() => Op.Call("exp(self)", this);

        public Tensor exp2() => Op.Call("exp2(self)", this);

        public Tensor expm1() => Op.Call("expm1(self)", this);

        public Tensor log() => Op.Call("log(self)", this);

        public Tensor log10() => Op.Call("log10(self)", this);

        public Tensor log1p() => Op.Call("log1p(self)", this);

        public Tensor log2() => Op.Call("log2(self)", this);

        public Tensor sqrt() => Op.Call("sqrt(self)", this);

        public Tensor rsqrt() => Op.Call("rsqrt(self)", this);

        public Tensor square() => Op.Call("square(self)", this);

        public Tensor sin() => Op.Call("sin(self)", this);

        public Tensor cos() => Op.Call("cos(self)", this);

        public Tensor tan() => Op.Call("tan(self)", this);

        public Tensor sinh() => Op.Call("sinh(self)", this);

        public Tensor cosh() => Op.Call("cosh(self)", this);

        public Tensor tanh() => Op.Call("tanh(self)", this);

        public Tensor asin() => Op.Call("asin(self)", this);

        public Tensor acos() => Op.Call("acos(self)", this);

        public Tensor atan() => Op.Call("atan(self)", this);

        public Tensor erf() => Op.Call("erf(self)", this);

        public Tensor erfc() => Op.Call("erfc(self)", this);

        public Tensor sign() => Op.Call("sign(self)", this);

        public Tensor sgn() => Op.Call("sgn(self)", this);

        public Tensor floor() => Op.Call("floor(self)", this);

        public Tensor ceil() => Op.Call("ceil(self)", this);

        public Tensor trunc() => Op.Call("trunc(self)", this);

        public Tensor frac() => Op.Call("frac(self)", this);

        public Tensor reciprocal() => Op.Call("reciprocal(self)", this);

        public Tensor sigmoid() => Op.Call("sigmoid(self)", this);

        public Tensor relu() => Op.Call("relu(self)", this);

        public Tensor silu() => Op.Call("silu(self)", this);

        public Tensor selu() => Op.Call("selu(self)", this);

        public Tensor isfinite() => Op.Call("isfinite(self)", this);

        public Tensor isinf() => Op.Call("isinf(self)", this);

        public Tensor isnan() => Op.Call("isnan(self)", this);

        public Tensor isposinf() => Op.Call("isposinf(self)", this);

        public Tensor isneginf() => Op.Call("isneginf(self)", this);

        public Tensor logical_not() => Op.Call("logical_not(self)", this);

        public Tensor deg2rad() => Op.Call("deg2rad(self)", this);

        public Tensor rad2deg() => Op.Call("rad2deg(self)", this);

        public Tensor hardsigmoid() => Op.Call("hardsigmoid(self)", this);

        public Tensor hardswish() => Op.Call("hardswish(self)", this);

        public Tensor lgamma() => Op.Call("lgamma(self)", this);

        public Tensor digamma() => Op.Call("digamma(self)", this);

        public Tensor erfinv() => Op.Call("erfinv(self)", this);

        public Tensor signbit() => Op.Call("signbit(self)", this);

        public Tensor sinc() => Op.Call("sinc(self)", this);

        public Tensor isreal() => Op.Call("isreal(self)", this);

        public Tensor relu6() => Op.Call("hardtanh(self, min_val, max_val)", this, 0, 6);

        public Tensor absolute() => abs();

        public Tensor negative() => neg();

        public Tensor positive() => alias();

        public Tensor fix() => trunc();

        public Tensor gelu() => Op.Call("gelu(self)", this);

        public Tensor log_sigmoid() => Op.Call("log_sigmoid(self)", this);

        public Tensor leaky_relu(Scalar negative_slope) => Op.Call("leaky_relu(self, negative_slope)", this, negative_slope);

        public Tensor elu(double alpha = 1) => Op.Call("elu(self, alpha)", this, alpha);

        public Tensor softplus(double beta = 1, double threshold = 20) => Op.Call("softplus(self, beta, threshold)", this, beta, threshold);

        public Tensor hardtanh(Scalar min, Scalar max) => Op.Call("hardtanh(self, min_val, max_val)", this, min, max);

        public Tensor threshold(Scalar threshold, Scalar value) => Op.Call("threshold(self, threshold, value)", this, threshold, value);

        public Tensor round(long decimals = 0) => Op.Call("round.decimals(self, decimals)", this, decimals);

        public Tensor logit(double? eps = null) => Op.Call("logit(self, eps)", this, eps);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op.Call("clamp(self, min, max)", this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Op.Call("clamp.Tensor(self, min, max)", this, min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_max(Scalar max) => Op.Call("clamp_max(self, max)", this, max);

        public Tensor clamp_min(Scalar min) => Op.Call("clamp_min(self, min)", this, min);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) =>
            Op.Call("nan_to_num(self, nan, posinf, neginf)", this, nan, posinf, neginf);

        public Tensor add(Tensor target) => Op.Call("add.Tensor(self, other)", this, target);

        public Tensor add(Tensor target, Scalar alpha) => Op.Call("add.Tensor(self, other, alpha)", this, target, alpha);

        public Tensor add(Scalar scalar) => Op.Call("add.Scalar(self, other)", this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => Op.Call("add.Scalar(self, other, alpha)", this, scalar, alpha);

        public Tensor sub(Tensor target) => Op.Call("sub.Tensor(self, other)", this, target);

        public Tensor sub(Scalar target) => Op.Call("sub.Scalar(self, other)", this, target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor mul(Tensor target) => Op.Call("mul.Tensor(self, other)", this, target);

        public Tensor mul(Scalar target) => Op.Call("mul.Scalar(self, other)", this, target);

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("div.Tensor_mode(self, other, rounding_mode)", this, target, Rounding(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Op.Call("div.Scalar_mode(self, other, rounding_mode)", this, target, Rounding(rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor true_divide(Tensor other) => Op.Call("true_divide.Tensor(self, other)", this, other);

        public Tensor true_divide(Scalar other) => Op.Call("true_divide.Scalar(self, other)", this, other);

        public Tensor floor_divide(Tensor other) => Op.Call("floor_divide(self, other)", this, other);

        public Tensor floor_divide(Scalar other) => Op.Call("floor_divide.Scalar(self, other)", this, other);

        public Tensor remainder(Tensor target) => Op.Call("remainder.Tensor(self, other)", this, target);

        public Tensor remainder(Scalar scalar) => Op.Call("remainder.Scalar(self, other)", this, scalar);

        public Tensor fmod(Tensor target) => Op.Call("fmod.Tensor(self, other)", this, target);

        public Tensor fmod(Scalar scalar) => Op.Call("fmod.Scalar(self, other)", this, scalar);

        public Tensor pow(Tensor exponent) => Op.Call("pow.Tensor_Tensor(self, exponent)", this, exponent);

        public Tensor pow(Scalar exponent) => Op.Call("pow.Tensor_Scalar(self, exponent)", this, exponent);

        public Tensor float_power(Tensor target) => Op.Call("float_power.Tensor_Tensor(self, exponent)", this, target);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.Call("addcmul(self, tensor1, tensor2, value)", this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Op.Call("addcdiv(self, tensor1, tensor2, value)", this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Op.Call("addcdiv(self, tensor1, tensor2)", this, tensor1, tensor2);

        public Tensor lerp(Tensor end, Tensor weight) => Op.Call("lerp.Tensor(self, end, weight)", this, end, weight);

        public Tensor xlogy(Tensor y) => Op.Call("xlogy.Tensor(self, other)", this, y);

        public Tensor xlogy(Scalar y) => Op.Call("xlogy.Scalar_Other(self, other)", this, y);

        public Tensor atan2(Tensor other) => Op.Call("atan2(self, other)", this, other);

        public Tensor hypot(Tensor other) => Op.Call("hypot(self, other)", this, other);

        public Tensor logaddexp(Tensor other) => Op.Call("logaddexp(self, other)", this, other);

        public Tensor copysign(Tensor other) => Op.Call("copysign.Tensor(self, other)", this, other);

        public Tensor nextafter(Tensor other) => Op.Call("nextafter(self, other)", this, other);

        public Tensor maximum(Tensor other) => Op.Call("maximum(self, other)", this, other);

        public Tensor minimum(Tensor other) => Op.Call("minimum(self, other)", this, other);

        public Tensor fmax(Tensor other) => Op.Call("fmax(self, other)", this, other);

        public Tensor fmin(Tensor other) => Op.Call("fmin(self, other)", this, other);
    }
}
