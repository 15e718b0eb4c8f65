namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place of an index expression: a number, a slice, a tensor, an ellipsis, a new dimension.</summary>
    public struct TensorIndex
    {
        /// <summary>All the dimensions that the rest of the expression does not name.</summary>
        public static readonly TensorIndex Ellipsis = new(Kind.EllipsisIndex);

        /// <summary>The whole of a dimension (PyTorch's <c>:</c>).</summary>
        public static readonly TensorIndex Colon = Slice();

        /// <summary>A new dimension of size 1 (PyTorch's <c>None</c>).</summary>
        public static readonly TensorIndex None = new(Kind.NullIndex);

        /// <inheritdoc cref="None"/>
        public static readonly TensorIndex Null = None;

        internal readonly Kind IndexKind;
        internal long? Start;
        internal long? Stop;
        internal long? Step;
        internal torch.Tensor? Indices;

        private TensorIndex(Kind kind) => IndexKind = kind;

        internal enum Kind { NullIndex, EllipsisIndex, SliceIndex, SingleIndex, BoolIndex, TensorIndex }

        public static implicit operator TensorIndex(long value) => Single(value);

        /// <summary>Never called: it makes an expression such as <c>t[0, Ellipsis]</c> prefer the overload of indices.</summary>
        public static implicit operator torch.Tensor(TensorIndex value) => throw new InvalidOperationException("Should not be called.");

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(FromEnd(index));

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new(Kind.SliceIndex) { Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int? start, int? end) range) => Slice((long?)range.start, (long?)range.end);

        public static TensorIndex Slice(Range range) => Slice(FromEnd(range.Start), range.End.Equals(^0) ? null : FromEnd(range.End));

        public static TensorIndex Bool(bool value) => new(Kind.BoolIndex) { Start = value ? 1 : 0 };

        public static TensorIndex Single(long? index) => new(Kind.SingleIndex) { Start = index };

        public static TensorIndex Tensor(torch.Tensor tensor) => new(Kind.TensorIndex) { Indices = tensor };

        private static long FromEnd(Index index) => index.IsFromEnd ? -index.Value : index.Value;
    }
}
