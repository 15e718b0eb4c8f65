using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Functions of several tensors, and those whose static form differs from the method.</summary>
public static partial class torch
{
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Op.Call("cat(tensors, dim)", tensors, dim);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op.Call("stack(tensors, dim)", tensors.ToArray(), dim);

    public static Tensor hstack(params Tensor[] tensors) => Op.Call("hstack(tensors)", tensors);

    public static Tensor vstack(Tensor[] tensors) => Op.Call("vstack(tensors)", tensors);

    public static Tensor einsum(string equation, params Tensor[] tensors) => Op.Call("einsum(equation, tensors)", equation, tensors);

    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        Op.List("meshgrid.indexing(tensors, indexing)", tensors.ToArray(), indexing);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Op.Call("where.self(condition, self, other)", condition, x, y);

    public static Tensor[] where(Tensor condition) => Op.List("where(condition)", condition);

    public static Tensor searchsorted(Tensor sorted_sequence, Tensor values, bool out_int32 = false, bool right = false, Tensor? sorter = null) =>
        Op.Call("searchsorted.Tensor(sorted_sequence, self, out_int32, right, sorter)", sorted_sequence, values, out_int32, right, sorter);

    public static Tensor norm(Tensor input) => input.norm();

    public static long numel(Tensor input) => input.numel();

    public static bool is_tensor(object obj) => obj is Tensor;
}
