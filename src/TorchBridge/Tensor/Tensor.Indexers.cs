using System.Runtime.CompilerServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Index expressions, read and written as PyTorch does: numbers and slices make a view, tensors among them a copy.</summary>
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => Assign(value, i1);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => Assign(value, i1, i2);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => Assign(value, i1, i2, i3);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => Assign(value, i1, i2, i3, i4);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index([.. indices.Select(i => TensorIndex.Single(i))]);
            set => Assign(value, [.. indices.Select(i => TensorIndex.Single(i))]);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var view = Sliced(indices, out var tensors);
            if (tensors is null) return view;
            var result = Op.Call("index.Tensor(self, indices)", view, tensors);
            view.Dispose();
            return result;
        }

        public Tensor index(params Tensor[] indices) => Op.Call("index.Tensor(self, indices)", this, indices);

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        /// <summary>Writes (or adds, with <paramref name="accumulate"/>) the value, broadcast, to the elements that the expression names.</summary>
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var view = Sliced(indices, out var tensors);
            if (tensors is not null) Op.Mutate("index_put_(self, indices, values, accumulate)", view, tensors, value, accumulate);
            else if (accumulate) view.add_(value);
            else view.copy_(value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            Op.Mutate("index_put_(self, indices, values, accumulate)", this, indices, value, accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var filled = full([], value, dtype, device);
            return index_put_(filled, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using var filled = full([], value, dtype, device);
            return index_put_(filled, indices, false);
        }

        private void Assign(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        // Applies everything but tensors, dimension by dimension; the tensors come out at the dimensions they index (null elsewhere).
        private Tensor Sliced(TensorIndex[] indices, out Tensor?[]? tensors)
        {
            var named = indices.Count(i =>
                i.IndexKind is TensorIndex.Kind.SliceIndex or TensorIndex.Kind.SingleIndex or TensorIndex.Kind.TensorIndex);
            var found = new List<Tensor?>();
            var view = alias();
            var dimension = 0;
            foreach (var i in indices)
            {
                var next = Step(view, i, ref dimension, named, found);
                if (next == (object)view) continue;
                view.Dispose();
                view = next;
            }

            tensors = found.Exists(t => t is not null) ? [.. found] : null;
            return view;
        }

        private Tensor Step(Tensor view, TensorIndex i, ref int dimension, int named, List<Tensor?> found)
        {
            switch (i.IndexKind)
            {
                case TensorIndex.Kind.SingleIndex:
                    return view.select(dimension, i.Start ?? 0);
                case TensorIndex.Kind.SliceIndex:
                    return Op.Call("slice.Tensor(self, dim, start, end, step)", view, dimension++, i.Start, i.Stop, i.Step ?? 1);
                case TensorIndex.Kind.EllipsisIndex:
                    dimension += (int)ndim - named;
                    return view;
                case TensorIndex.Kind.NullIndex:
                    return view.unsqueeze(dimension++);
                case TensorIndex.Kind.BoolIndex:
                    Place(found, dimension, tensor(i.Start != 0).unsqueeze(0));
                    return view.unsqueeze(dimension++);
                default:
                    Place(found, dimension, i.Indices!);
                    dimension += i.Indices!.dtype == ScalarType.Bool ? (int)i.Indices.ndim : 1;
                    return view;
            }
        }

        private static void Place(List<Tensor?> found, int dimension, Tensor indices)
        {
            while (found.Count < dimension) found.Add(null);
            found.Add(indices);
        }
    }
}
