using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Views, copies and changes of shape.</summary>
    public partial class Tensor
    {
        public Tensor alias() => Op.Call("alias(self)", this);

        public Tensor clone() => Op.Call("clone(self)", this);

        public Tensor contiguous() => Op.Call("contiguous(self)", this);

        public Tensor detach() => Op.Call("detach(self)", this);

        public Tensor cpu() => to(DeviceType.CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor view(params long[] shape) => Op.Call("view(self, size)", this, shape);

        public Tensor view_as(Tensor other) => Op.Call("view_as(self, other)", this, other);

        public Tensor reshape(params long[] shape) => Op.Call("reshape(self, shape)", this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Op.Call("flatten.using_ints(self, start_dim, end_dim)", this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes) => Op.Call("unflatten.int(self, dim, sizes)", this, dim, sizes);

        public Tensor ravel() => Op.Call("ravel(self)", this);

        public Tensor squeeze(long? dim = null) => dim is long d ? Op.Call("squeeze.dim(self, dim)", this, d) : Op.Call("squeeze(self)", this);

        public Tensor unsqueeze(long dim) => Op.Call("unsqueeze(self, dim)", this, dim);

        public Tensor t() => Op.Call("t(self)", this);

        public Tensor transpose(long dim0, long dim1) => Op.Call("transpose.int(self, dim0, dim1)", this, dim0, dim1);

        public Tensor swapdims(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor swapaxes(long dim0, long dim1) => transpose(dim0, dim1);

        public Tensor permute(params long[] permutation) => Op.Call("permute(self, dims)", this, permutation);

        public Tensor permute(IEnumerable<long> permutation) => permute(permutation.ToArray());

        public Tensor movedim(long[] source, long[] destination) => Op.Call("movedim.intlist(self, source, destination)", this, source, destination);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => expand(sizes.ToArray(), isImplicit);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Op.Call("expand(self, size, implicit)", this, sizes, isImplicit);

        public Tensor expand(params long[] sizes) => expand(sizes, false);

        public Tensor expand_as(Tensor other) => Op.Call("expand_as(self, other)", this, other);

        public Tensor broadcast_to(params long[] shape) => Op.Call("broadcast_to(self, size)", this, shape);

        public Tensor repeat(params long[] sizes) => Op.Call("repeat(self, repeats)", this, sizes);

        public Tensor tile(long[] reps) => Op.Call("tile(self, dims)", this, reps);

        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Op.Call("repeat_interleave.self_Tensor(self, repeats, dim, output_size)", this, repeats, dim, output_size);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Op.Call("repeat_interleave.self_int(self, repeats, dim, output_size)", this, repeats, dim, output_size);

        public Tensor narrow(long dim, long start, long length) => Op.Call("narrow(self, dim, start, length)", this, dim, start, length);

        public Tensor select(long dim, long index) => Op.Call("select.int(self, dim, index)", this, dim, index);

        public Tensor slice(long dim, long start, long finish, long step) =>
            Op.Call("slice.Tensor(self, dim, start, end, step)", this, dim, start, finish, step);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op.Call("as_strided(self, size, stride, storage_offset)", this, size, strides, storageOffset);

        public Tensor unfold(long dimension, long size, long step) => Op.Call("unfold(self, dimension, size, step)", this, dimension, size, step);

        public Tensor diag(long diagonal = 0) => Op.Call("diag(self, diagonal)", this, diagonal);

        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Op.Call("diagonal(self, offset, dim1, dim2)", this, offset, dim1, dim2);

        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) =>
            Op.Call("diag_embed(self, offset, dim1, dim2)", this, offset, dim1, dim2);

        public Tensor tril(long diagonal = 0) => Op.Call("tril(self, diagonal)", this, diagonal);

        public Tensor triu(long diagonal = 0) => Op.Call("triu(self, diagonal)", this, diagonal);

        public Tensor flip(params long[] dims) => Op.Call("flip(self, dims)", this, dims);

        public Tensor roll(long shifts, long? dims = null) =>
            Op.Call("roll(self, shifts, dims)", this, new[] { shifts }, dims is long d ? [d] : Array.Empty<long>());

        public Tensor roll(long[] shifts, long[] dims) => Op.Call("roll(self, shifts, dims)", this, shifts, dims);

        public Tensor roll(long[] shifts) => roll(shifts, [0]);

        public Tensor[] chunk(long chunks, long dim = 0) => Op.List("chunk(self, chunks, dim)", this, chunks, dim);

        public Tensor[] split(long size, int dim = 0) => Op.List("split.Tensor(self, split_size, dim)", this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) => Op.List("split_with_sizes(self, split_sizes, dim)", this, sizes, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);

        public Tensor[] split(params long[] sizes) => split(sizes, 0L);

        public Tensor[] tensor_split(long size, long dim = 0) => Op.List("tensor_split.sections(self, sections, dim)", this, size, dim);

        public Tensor[] unbind(long dimension = 0) => Op.List("unbind.int(self, dim)", this, dimension);
    }
}
