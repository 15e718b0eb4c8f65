using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Sums, means, extremes and what else makes a tensor smaller; cumulative ones and softmax beside them.</summary>
    public partial class Tensor
    {
        public Tensor all() => Op.Call("all(self)", this);

        public Tensor all(long dim, bool keepdim = false) => Op.Call("all.dim(self, dim, keepdim)", this, dim, keepdim);

        public Tensor any() => Op.Call("any(self)", this);

        public Tensor any(long dim, bool keepdim = false) => Op.Call("any.dim(self, dim, keepdim)", this, dim, keepdim);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Op.Call("amax(self, dim, keepdim)", this, dims, keepdim) : Op.Mutate("amax.out(out, self, dim, keepdim)", @out, this,
            dims, keepdim);

        public Tensor amax(params long[] dims) => amax(dims, false);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Op.Call("amin(self, dim, keepdim)", this, dims, keepdim) : Op.Mutate("amin.out(out, self, dim, keepdim)", @out, this,
            dims, keepdim);

        public Tensor amin(params long[] dims) => amin(dims, false);

        public (Tensor min, Tensor max) aminmax(long? dim = null, bool keepdim = false) => Op.Pair("aminmax(self, dim, keepdim)", this, dim, keepdim);

        public Tensor argmax() => Op.Call("argmax(self)", this);

        public Tensor argmax(long dim, bool keepdim = false) => Op.Call("argmax(self, dim, keepdim)", this, dim, keepdim);

        public Tensor argmin() => Op.Call("argmin(self)", this);

        public Tensor argmin(long dim, bool keepdim = false) => Op.Call("argmin(self, dim, keepdim)", this, dim, keepdim);

        public Tensor max() => Op.Call("max(self)", this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Op.Pair("max.dim(self, dim, keepdim)", this, dim, keepdim);

        public Tensor min() => Op.Call("min(self)", this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Op.Pair("min.dim(self, dim, keepdim)", this, dim, keepdim);

        public Tensor median() => Op.Call("median(self)", this);

        public Tensor sum(ScalarType? type = null) => Op.Call("sum(self, dtype)", this, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("sum.dim_IntList(self, dim, keepdim, dtype)", this, dim, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("sum.dim_IntList(self, dim, keepdim, dtype)", this, dim, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1, dim2], keepdim, type);

        public Tensor nansum() => Op.Call("nansum(self)", this);

        public Tensor prod(ScalarType? type = null) => Op.Call("prod(self, dtype)", this, type);

        public Tensor prod(long dim, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("prod.dim_int(self, dim, keepdim, dtype)", this, dim, keepdim, type);

        public Tensor mean() => Op.Call("mean(self)", this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Op.Call("mean.dim(self, dim, keepdim, dtype)", this, dimensions, keepdim, type);

        public Tensor var(bool unbiased = true) => Op.Call("var(self, unbiased)", this, unbiased);

        public Tensor std(bool unbiased = true) => Op.Call("std(self, unbiased)", this, unbiased);

        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(type).Reduce("var.dim(self, dim, unbiased, keepdim)", dimensions, unbiased, keepdim);

        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            Typed(type).Reduce("std.dim(self, dim, unbiased, keepdim)", dimensions, unbiased, keepdim);

        public Tensor var(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            var(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor std(ReadOnlySpan<long> dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) =>
            std(dimensions.ToArray(), unbiased, keepdim, type);

        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => var([dim], unbiased, keepdim, type);

        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => std([dim], unbiased, keepdim, type);

        public Tensor norm(float p = 2f) => Op.Call("norm.Scalar(self, p)", this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2f) =>
            Op.Call("norm.ScalarOpt_dim(self, p, dim, keepdim)", this, p, dim, keepdim);

        public Tensor dist(Tensor other, float p = 2f) => Op.Call("dist(self, other, p)", this, other, p);

        public Tensor logsumexp(long dim, bool keepdim = false) => Op.Call("logsumexp(self, dim, keepdim)", this, dim, keepdim);

        public Tensor trace() => Op.Call("trace(self)", this);

        public Tensor quantile(Tensor q, long dim = -1, bool keepdim = false) => Op.Call("quantile(self, q, dim, keepdim)", this, q, dim, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => Op.Call("cumsum(self, dim, dtype)", this, dim, type);

        public Tensor cumprod(long dim, ScalarType? type = null) => Op.Call("cumprod(self, dim, dtype)", this, dim, type);

        public (Tensor values, Tensor indexes) cummax(long dim) => Op.Pair("cummax(self, dim)", this, dim);

        public (Tensor values, Tensor indexes) cummin(long dim) => Op.Pair("cummin(self, dim)", this, dim);

        public Tensor logcumsumexp(long dim) => Op.Call("logcumsumexp(self, dim)", this, dim);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Op.Call("softmax.int(self, dim, dtype)", this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Op.Call("log_softmax.int(self, dim, dtype)", this, dim, dtype);
    }
}
