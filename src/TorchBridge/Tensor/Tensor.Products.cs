using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Products of matrices and vectors.</summary>
    public partial class Tensor
    {
        public Tensor mm(Tensor target) => Op.Call("mm(self, mat2)", this, target);

        public Tensor matmul(Tensor target) => Op.Call("matmul(self, other)", this, target);

        public Tensor bmm(Tensor batch2) => Op.Call("bmm(self, mat2)", this, batch2);

        public Tensor mv(Tensor target) => Op.Call("mv(self, vec)", this, target);

        public Tensor dot(Tensor target) => Op.Call("dot(self, tensor)", this, target);

        public Tensor vdot(Tensor target) => Op.Call("vdot(self, other)", this, target);

        public Tensor inner(Tensor vec2) => Op.Call("inner(self, other)", this, vec2);

        public Tensor outer(Tensor vec2) => Op.Call("outer(self, vec2)", this, vec2);

        public Tensor ger(Tensor vec2) => outer(vec2);

        public Tensor kron(Tensor other) => Op.Call("kron(self, other)", this, other);

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) =>
            Op.Call("addmm(self, mat1, mat2, beta, alpha)", this, mat1, mat2, beta, alpha);

        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1f, float alpha = 1f) =>
            Op.Call("addmv(self, mat, vec, beta, alpha)", this, mat, vec, beta, alpha);

        public Tensor addbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) =>
            Op.Call("addbmm(self, batch1, batch2, beta, alpha)", this, batch1, batch2, beta, alpha);

        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1f, float alpha = 1f) =>
            Op.Call("addr(self, vec1, vec2, beta, alpha)", this, vec1, vec2, beta, alpha);

        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) =>
            Op.Call("baddbmm(self, batch1, batch2, beta, alpha)", this, batch1, batch2, beta, alpha);

        public Tensor tensordot(Tensor b, long[] dims1, long[] dims2) =>
            Op.Call("tensordot(self, other, dims_self, dims_other)", this, b, dims1, dims2);

        public Tensor inverse() => Op.Call("inverse(self)", this);

        public Tensor det() => Op.Call("det(self)", this);

        public Tensor matrix_power(int n) => Op.Call("matrix_power(self, n)", this, n);
    }
}
