using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Reading and writing by index.</summary>
    public partial class Tensor
    {
        public Tensor index_select(long dim, Tensor index) => Op.Call("index_select(self, dim, index)", this, dim, index);

        public Tensor gather(long dim, Tensor index) => Op.Call("gather(self, dim, index)", this, dim, index);

        public Tensor take(Tensor index) => Op.Call("take(self, index)", this, index);

        public Tensor take_along_dim(Tensor indices, long dim) => Op.Call("take_along_dim(self, indices, dim)", this, indices, dim);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Op.Call("scatter.src(self, dim, index, src)", this, dim, index, src);

        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Op.Call("scatter_add(self, dim, index, src)", this, dim, index, src);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Op.Call("index_add(self, dim, index, source, alpha)", this, dim, index, source, alpha);

        public Tensor index_copy(long dim, Tensor index, Tensor source) => Op.Call("index_copy(self, dim, index, source)", this, dim, index, source);

        public Tensor index_fill(long dim, Tensor index, Scalar value) =>
            Op.Call("index_fill.int_Scalar(self, dim, index, value)", this, dim, index, value);

        public Tensor masked_fill(Tensor mask, Scalar value) => Op.Call("masked_fill.Scalar(self, mask, value)", this, mask, value);

        public Tensor masked_select(Tensor mask) => Op.Call("masked_select(self, mask)", this, mask);

        public Tensor masked_scatter(Tensor mask, Tensor value) => Op.Call("masked_scatter(self, mask, source)", this, mask, value);

        public Tensor nonzero() => Op.Call("nonzero(self)", this);

        public Tensor argwhere() => Op.Call("argwhere(self)", this);

        public Tensor count_nonzero(long[]? dims = null) =>
            dims is null ? Op.Call("count_nonzero(self)", this) : Op.Call("count_nonzero.dim_IntList(self, dim)", this, dims);

        public Tensor bincount(Tensor? weights, long minlength = 0) => Op.Call("bincount(self, weights, minlength)", this, weights, minlength);

        public Tensor bucketize(Tensor boundaries, bool outInt32 = false, bool right = false) =>
            Op.Call("bucketize.Tensor(self, boundaries, out_int32, right)", this, boundaries, outInt32, right);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Op.Pair("topk(self, k, dim, largest, sorted)", this, k, dim, largest, sorted);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Op.Pair("sort.stable(self, stable, dim, descending)", this, stable, dim, descending);

        public Tensor argsort(long dim = -1, bool descending = false) => Op.Call("argsort(self, dim, descending)", this, dim, descending);

        public Tensor msort() => Op.Call("msort(self)", this);

        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) =>
            Op.Pair("kthvalue(self, k, dim, keepdim)", this, k, dim ?? -1, keepdim);

        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false,
            bool return_counts = false, int? dim = null) =>
            dim is int d ? Op.Triple("unique_dim(self, dim, sorted, return_inverse, return_counts)", this, d, sorted, return_inverse,
            return_counts) : Op.Triple("_unique2(self, sorted, return_inverse, return_counts)", this, sorted, return_inverse, return_counts);
    }
}
