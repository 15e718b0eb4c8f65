using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Comparisons and truth values.</summary>
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Op.Call("eq.Tensor(self, other)", this, target);

        public Tensor eq(Scalar target) => Op.Call("eq.Scalar(self, other)", this, target);

        public Tensor ne(Tensor target) => Op.Call("ne.Tensor(self, other)", this, target);

        public Tensor ne(Scalar target) => Op.Call("ne.Scalar(self, other)", this, target);

        public Tensor lt(Tensor target) => Op.Call("lt.Tensor(self, other)", this, target);

        public Tensor lt(Scalar target) => Op.Call("lt.Scalar(self, other)", this, target);

        public Tensor le(Tensor target) => Op.Call("le.Tensor(self, other)", this, target);

        public Tensor le(Scalar target) => Op.Call("le.Scalar(self, other)", this, target);

        public Tensor gt(Tensor target) => Op.Call("gt.Tensor(self, other)", this, target);

        public Tensor gt(Scalar target) => Op.Call("gt.Scalar(self, other)", this, target);

        public Tensor ge(Tensor target) => Op.Call("ge.Tensor(self, other)", this, target);

        public Tensor ge(Scalar target) => Op.Call("ge.Scalar(self, other)", this, target);

        public Tensor eq_(Tensor target) => Op.Mutate("eq_.Tensor(self, other)", this, target);

        public Tensor eq_(Scalar target) => Op.Mutate("eq_.Scalar(self, other)", this, target);

        public Tensor ne_(Tensor target) => Op.Mutate("ne_.Tensor(self, other)", this, target);

        public Tensor ne_(Scalar target) => Op.Mutate("ne_.Scalar(self, other)", this, target);

        public Tensor lt_(Tensor target) => Op.Mutate("lt_.Tensor(self, other)", this, target);

        public Tensor lt_(Scalar target) => Op.Mutate("lt_.Scalar(self, other)", this, target);

        public Tensor le_(Tensor target) => Op.Mutate("le_.Tensor(self, other)", this, target);

        public Tensor le_(Scalar target) => Op.Mutate("le_.Scalar(self, other)", this, target);

        public Tensor gt_(Tensor target) => Op.Mutate("gt_.Tensor(self, other)", this, target);

        public Tensor gt_(Scalar target) => Op.Mutate("gt_.Scalar(self, other)", this, target);

        public Tensor ge_(Tensor target) => Op.Mutate("ge_.Tensor(self, other)", this, target);

        public Tensor ge_(Scalar target) => Op.Mutate("ge_.Scalar(self, other)", this, target);

        public Tensor equal(Tensor target) => eq(target);

        public Tensor not_equal(Tensor target) => ne(target);

        public Tensor greater_equal(Tensor target) => ge(target);

        public Tensor greater(Tensor target) => gt(target);

        public Tensor less_equal(Tensor target) => le(target);

        public Tensor less(Tensor target) => lt(target);

        public Tensor logical_and(Tensor other) => Op.Call("logical_and(self, other)", this, other);

        public Tensor logical_and_(Tensor other) => Op.Mutate("logical_and_(self, other)", this, other);

        public Tensor logical_or(Tensor other) => Op.Call("logical_or(self, other)", this, other);

        public Tensor logical_or_(Tensor other) => Op.Mutate("logical_or_(self, other)", this, other);

        public Tensor logical_xor(Tensor other) => Op.Call("logical_xor(self, other)", this, other);

        public Tensor logical_not_() => Op.Mutate("logical_not_(self)", this);

        public Tensor bitwise_and(Tensor other) => Op.Call("bitwise_and.Tensor(self, other)", this, other);

        public Tensor bitwise_or(Tensor other) => Op.Call("bitwise_or.Tensor(self, other)", this, other);

        public Tensor bitwise_xor(Tensor other) => Op.Call("bitwise_xor.Tensor(self, other)", this, other);

        public Tensor bitwise_not() => Op.Call("bitwise_not(self)", this);

        public Tensor isclose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool nanEqual = false) =>
            Op.Call("isclose(self, other, rtol, atol, equal_nan)", this, other, rtol, atol, nanEqual);

        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) =>
            Op.Call("isin.Tensor_Tensor(elements, test_elements, assume_unique, invert)", this, test_elements, assumeUnique, invert);

        public bool allclose(Tensor target, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
            Op.Plain("allclose(self, other, rtol, atol, equal_nan)", this, target, rtol, atol, equal_nan).Integer != 0;

        public Tensor where(Tensor condition, Tensor y) => Op.Call("where.self(condition, self, other)", condition, this, y);
    }
}
