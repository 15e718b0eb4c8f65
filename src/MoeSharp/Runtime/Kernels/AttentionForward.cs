using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The forward pass of one key head of one sequence, and of the query heads that share it.</summary>
internal static unsafe class AttentionForward
{
    // A block of scores, 32 × 128, stays in the first-level cache. QueryBlock divides KeyBlock: every query of a block sees some of each key block.
    private const int QueryBlock = 32;
    private const int KeyBlock = 128;

    /// <summary>Attends to the pass's own keys, or to those of the cache, which the pass's are added to.</summary>
    public static void Run<T>(AttentionShape shape, int batch, int kvHead, Matrix<T> qkv, Matrix<T> o, Matrix<T> logSumExp, KeyValues<T>? cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tokens = qkv.RowRange(batch * shape.Sequence, shape.Sequence);
        var keys = tokens.ColumnRange(shape.KeyColumn(kvHead), shape.HeadDim);
        var values = tokens.ColumnRange(shape.ValueColumn(kvHead), shape.HeadDim);
        if (cache is not null)
        {
            Run(shape, batch, kvHead, tokens, cache.Append(batch, kvHead, keys, values), o, logSumExp);
            return;
        }

        var (width, length, stride) = (shape.PaddedDim<T>(), shape.PaddedSequence<T>(), shape.TransposedStride<T>());
        using var keyMemory = Scratch<T>.Rent((nint)shape.HeadDim * stride);
        using var valueMemory = Scratch<T>.Rent((nint)length * width);
        AttentionPacking.PackTransposed(keys, keyMemory.Pointer, stride, length);
        AttentionPacking.Pack(values, T.One, valueMemory.Pointer, width, length);
        Run(shape, batch, kvHead, tokens, new AttentionHead<T>(keyMemory.Pointer, stride, valueMemory.Pointer, past: 0), o, logSumExp);
    }

    private static void Run<T>(AttentionShape shape, int batch, int kvHead, Matrix<T> tokens, AttentionHead<T> keys, Matrix<T> o, Matrix<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (dim, width, firstToken) = (shape.HeadDim, shape.PaddedDim<T>(), batch * shape.Sequence);
        using var blockMemory = Scratch<T>.Rent(QueryBlock * ((2 * width) + KeyBlock + 2));
        var block = new Block<T>(blockMemory.Pointer, width, dim) { Keys = keys.Keys, Values = keys.Values, KeyStride = keys.KeyStride };
        var scale = T.CreateTruncating(shape.Scale);
        for (var head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int query = 0, rows; query < shape.Sequence; query += rows)
            {
                // Blocks end where they do in a sequence that comes as a whole: a row's sums are the same.
                var position = keys.Past + query;
                rows = Math.Min(QueryBlock - (position % QueryBlock), shape.Sequence - query);
                var queries = tokens.RowRange(query, rows).ColumnRange(shape.QueryColumn(head), dim);
                AttentionPacking.Pack(queries, scale, block.Queries, width, AttentionShape.RoundUp(rows, Tile.Rows));
                block.Attend(position, rows);
                block.Finish(o.RowRange(firstToken + query, rows).ColumnRange(shape.QueryColumn(head), dim), logSumExp.Row(head)[(firstToken + query)..]);
            }
        }
    }

    /// <summary>What one block of queries works on.</summary>
    private readonly struct Block<T>(T* memory, int width, int dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int _width = width;
        private readonly int _dim = dim;

        // [QueryBlock, width] twice, [QueryBlock, KeyBlock], and per query the greatest score so far and Σ e^(score − greatest).
        private readonly T* _outputs = memory + (QueryBlock * width);
        private readonly T* _scores = memory + (QueryBlock * 2 * width);
        private readonly T* _max = memory + (QueryBlock * ((2 * width) + KeyBlock));
        private readonly T* _sum = memory + (QueryBlock * ((2 * width) + KeyBlock + 1));

        /// <summary>[QueryBlock, width], scaled by 1 / √headDim.</summary>
        public T* Queries { get; } = memory;

        /// <summary>[headDim, length], transposed, rows <see cref="KeyStride"/> apart.</summary>
        public T* Keys { get; init; }

        /// <summary>[length, width].</summary>
        public T* Values { get; init; }

        public int KeyStride { get; init; }

        public void Attend(int query, int rows)
        {
            new Span<T>(_outputs, QueryBlock * _width).Clear();
            new Span<T>(_max, QueryBlock).Fill(T.NegativeInfinity);
            new Span<T>(_sum, QueryBlock).Clear();
            for (var key = 0; key < query + rows; key += KeyBlock)
            {
                var diagonal = query - key;
                Score(diagonal, rows, key);
                for (var row = 0; row < AttentionShape.RoundUp(rows, Tile.Rows); row++)
                {
                    Softmax(row, _scores + (row * KeyBlock), Math.Min(KeyBlock, diagonal + row + 1), Reach(diagonal, row));
                }

                Sum(diagonal, rows, key);
            }
        }

        public void Finish(Matrix<T> o, Span<T> logSumExp)
        {
            for (var row = 0; row < o.Rows; row++)
            {
                AttentionPacking.Unpack(_outputs + (row * _width), _width, T.One / _sum[row], o.RowRange(row, 1));
                logSumExp[row] = _max[row] + T.Log(_sum[row]);
            }
        }

        /// <summary>How many keys of the block the last query of a row's tile sees; what lies right of them is never touched.</summary>
        private static int Reach(int diagonal, int row) => Math.Min(KeyBlock, diagonal + (row / Tile.Rows * Tile.Rows) + Tile.Rows);

        /// <summary>Queries · keysᵀ, tile after tile.</summary>
        private void Score(int diagonal, int rows, int key)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Tile.Multiply(
                    new Strided<T>(Queries + (row * _width), _width, 1), Keys + key, KeyStride, _dim,
                    _scores + (row * KeyBlock), KeyBlock, AttentionShape.RoundUp(Reach(diagonal, row), Vector512<T>.Count), accumulate: false);
            }

            ProductClock.End(began);
        }

        /// <summary>Adds the values, each times its e^(score − greatest).</summary>
        private void Sum(int diagonal, int rows, int key)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Tile.Multiply(
                    new Strided<T>(_scores + (row * KeyBlock), KeyBlock, 1), Values + ((nint)key * _width), _width, Reach(diagonal, row),
                    _outputs + (row * _width), _width, _width, accumulate: true);
            }

            ProductClock.End(began);
        }

        /// <summary>Turns a row's scores into e^(score − greatest), zero for keys up to <paramref name="reach"/> that it does not see, and brings what was summed before to the new greatest.</summary>
        // Kept out of line: inlined into the loops over blocks, its vectors are spilled.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Softmax(int row, T* scores, int visible, int reach)
        {
            // The vector in which the row ends is in a register throughout.
            nint end = visible / Vector512<T>.Count * Vector512<T>.Count;
            var seen = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(visible - end)));
            var last = Vector512.ConditionalSelect(seen, Vector512.Load(scores + end), Vector512.Create(T.NegativeInfinity));
            var greatest = last;
            for (nint i = 0; i < end; i += Vector512<T>.Count)
            {
                greatest = Vector512.MaxNative(greatest, Vector512.Load(scores + i));
            }

            var before = _max[row];
            var max = T.MaxNative(before, Simd.MaxLanes(greatest));
            var shift = Vector512.Create(max);
            Vector512<T> sum = default;
            for (nint i = 0; i < end; i += Vector512<T>.Count)
            {
                var term = Simd.Exp(Vector512.Load(scores + i) - shift);
                sum += term;
                term.Store(scores + i);
            }

            if (end < reach)
            {
                var term = Simd.Exp(last - shift);
                sum += term;
                term.Store(scores + end);
                for (end += Vector512<T>.Count; end < reach; end += Vector512<T>.Count)
                {
                    Vector512<T>.Zero.Store(scores + end);
                }
            }

            _max[row] = max;
            if (before == max || before == T.NegativeInfinity)
            {
                _sum[row] += Simd.SumLanes(sum);
                return;
            }

            var shrink = T.Exp(before - max);
            _sum[row] = T.FusedMultiplyAdd(_sum[row], shrink, Simd.SumLanes(sum));
            var output = _outputs + (row * _width);
            for (nint i = 0; i < _width; i += Vector512<T>.Count)
            {
                (Vector512.Load(output + i) * shrink).Store(output + i);
            }
        }
    }
}
