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

    // Powers of two are taken of what a score is above its row's reference: the greatest score of the first block of keys, and of a later one where that lies
    // this far above it. Where it does not, nearly always, there is nothing to shrink, and the sums are far from overflowing.
    private const int Margin = 8;

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

        // By way of where the values come: transposing rows that lie close together is so much faster.
        AttentionPacking.Pack(keys, T.One, valueMemory.Pointer, width, length);
        AttentionPacking.PackTransposed(new Matrix<T>(valueMemory.Pointer, shape.Sequence, shape.HeadDim, width), keyMemory.Pointer, stride, length);
        AttentionPacking.Pack(values, T.One, valueMemory.Pointer, width, length);
        Run(shape, batch, kvHead, tokens, new AttentionHead<T>(keyMemory.Pointer, stride, valueMemory.Pointer, past: 0), o, logSumExp);
    }

    private static void Run<T>(AttentionShape shape, int batch, int kvHead, Matrix<T> tokens, AttentionHead<T> keys, Matrix<T> o, Matrix<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (dim, width, firstToken) = (shape.HeadDim, shape.PaddedDim<T>(), batch * shape.Sequence);
        using var blockMemory = Scratch<T>.Rent(QueryBlock * ((2 * width) + KeyBlock + 2));
        var block = new Block<T>(blockMemory.Pointer, width, dim) { Keys = keys.Keys, Values = keys.Values, KeyStride = keys.KeyStride };
        var scale = T.CreateTruncating(shape.BinaryScale);
        var (nextTokens, nextKvHead) = shape.After(tokens, kvHead);
        for (var head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int query = 0, rows; query < shape.Sequence; query += rows)
            {
                // Blocks end where they do in a sequence that comes as a whole: a row's sums are the same.
                var position = keys.Past + query;
                rows = Math.Min(QueryBlock - (position % QueryBlock), shape.Sequence - query);
                var queries = tokens.RowRange(query, rows).ColumnRange(shape.QueryColumn(head), dim);
                AttentionPacking.Pack(queries, scale, block.Queries, width, AttentionShape.RoundUp(rows, Tile.Rows));
                var outputs = o.RowRange(firstToken + query, rows).ColumnRange(shape.QueryColumn(head), dim);
                var (nextQuery, nextHead) = query + rows < shape.Sequence ? (query + rows, head) : (0, head + 1);
                var nextQueries = tokens.RowRange(nextQuery, QueryBlock).ColumnRange(shape.QueryColumn(nextHead), dim);
                var nextKeys = nextTokens.RowRange(query, rows).ColumnRange(shape.KeyColumn(nextKvHead), dim);
                var nextValues = nextTokens.RowRange(query, rows).ColumnRange(shape.ValueColumn(nextKvHead), dim);
                block.Attend(
                    position, rows, [nextQueries, outputs], [shape.IsFirstOfGroup(head) ? nextKeys : default, shape.IsLastOfGroup(head) ? nextValues : default]);
                block.Finish(outputs, logSumExp.Row(head)[(firstToken + query)..]);
            }
        }
    }

    /// <summary>What one block of queries works on.</summary>
    private readonly struct Block<T>(T* memory, int width, int dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int _width = width;
        private readonly int _dim = dim;

        // [QueryBlock, width] twice, [QueryBlock, KeyBlock], and per query its reference and Σ 2^(score − reference).
        private readonly T* _outputs = memory + (QueryBlock * width);
        private readonly T* _scores = memory + (QueryBlock * 2 * width);
        private readonly T* _reference = memory + (QueryBlock * ((2 * width) + KeyBlock));
        private readonly T* _sum = memory + (QueryBlock * ((2 * width) + KeyBlock + 1));

        /// <summary>[QueryBlock, width], scaled by 1 / (√headDim · ln 2).</summary>
        public T* Queries { get; } = memory;

        /// <summary>[headDim, length], transposed, rows <see cref="KeyStride"/> apart.</summary>
        public T* Keys { get; init; }

        /// <summary>[length, width].</summary>
        public T* Values { get; init; }

        public int KeyStride { get; init; }

        /// <param name="query">Where the first query stands in its sequence.</param>
        /// <param name="rows">Queries.</param>
        /// <param name="soon">What the next block reads and this one writes in the end.</param>
        /// <param name="later">What the next task reads.</param>
        /// <remarks>A head's part of a token is short and the next token's far away: the processor does not guess them, and they are asked for while it multiplies.</remarks>
        public void Attend(int query, int rows, ReadOnlySpan<Matrix<T>> soon, ReadOnlySpan<Matrix<T>> later)
        {
            new Span<T>(_sum, QueryBlock).Clear();
            var tiled = AttentionShape.RoundUp(rows, Tile.Rows);
            for (var key = 0; key < query + rows; key += KeyBlock)
            {
                var diagonal = query - key;
                Score(diagonal, rows, key, key == 0 ? soon : []);
                Refer(diagonal, tiled, first: key == 0);
                Raise(diagonal, tiled);
                Sum(diagonal, rows, key, key == 0 ? later : []);
            }
        }

        public void Finish(Matrix<T> o, Span<T> logSumExp)
        {
            // All rows' logarithms and reciprocals together: one by one they took as long as the rows.
            var ln2 = Vector512.Create(T.CreateTruncating(Exponential.Ln2));
            fixed (T* target = logSumExp)
            {
                for (var row = 0; row < o.Rows; row += Vector512<T>.Count)
                {
                    var sum = Vector512.Load(_sum + row);
                    Simd.Store(Simd.Fma(Vector512.Load(_reference + row), ln2, Simd.Log(sum)), target + row, o.Rows - row);
                    (Vector512<T>.One / sum).Store(_sum + row);
                }
            }

            for (var row = 0; row < o.Rows; row++)
            {
                AttentionPacking.CopyRow(_outputs + (row * _width), _sum[row], o.Pointer + (row * o.RowStride), _dim);
            }
        }

        /// <summary>How many keys of the block the last query of a row's tile sees; what lies right of them is never touched.</summary>
        private static int Reach(int diagonal, int row) => Math.Min(KeyBlock, diagonal + (row / Tile.Rows * Tile.Rows) + Tile.Rows);

        /// <summary>Queries · keysᵀ, tile after tile.</summary>
        private void Score(int diagonal, int rows, int key, ReadOnlySpan<Matrix<T>> asked)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Math.Min(Tile.Rows, rows - row));
                Tile.Multiply(
                    new Strided<T>(Queries + (row * _width), _width, 1), Keys + key, KeyStride, _dim,
                    _scores + (row * KeyBlock), KeyBlock, AttentionShape.RoundUp(Reach(diagonal, row), Vector512<T>.Count), accumulate: false);
            }

            ProductClock.End(began);
        }

        /// <summary>Adds the values, each times its 2^(score − reference).</summary>
        private void Sum(int diagonal, int rows, int key, ReadOnlySpan<Matrix<T>> asked)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Math.Min(Tile.Rows, rows - row));
                Tile.Multiply(
                    new Strided<T>(_scores + (row * KeyBlock), KeyBlock, 1), Values + ((nint)key * _width), _width, Reach(diagonal, row),
                    _outputs + (row * _width), _width, _width, accumulate: key > 0);
            }

            ProductClock.End(began);
        }

        /// <summary>Brings the sums of every row that meets scores far above its reference to a new one, and hides the keys that a row does not see behind −∞.</summary>
        // Kept out of line: inlined into the loops over blocks, its vectors are spilled.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Refer(int diagonal, int rows, bool first)
        {
            var margin = T.CreateTruncating(Margin);
            for (var row = 0; row < rows; row++)
            {
                var scores = _scores + (row * KeyBlock);
                var (visible, reach) = (Math.Min(KeyBlock, diagonal + row + 1), Reach(diagonal, row));
                nint end = visible / Vector512<T>.Count * Vector512<T>.Count;
                var greatest = Vector512.Create(T.NegativeInfinity);
                if (end < reach)
                {
                    var seen = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(visible - end)));
                    greatest = Vector512.ConditionalSelect(seen, Vector512.Load(scores + end), greatest);
                    greatest.Store(scores + end);
                    for (var hidden = end + Vector512<T>.Count; hidden < reach; hidden += Vector512<T>.Count)
                    {
                        Vector512.Create(T.NegativeInfinity).Store(scores + hidden);
                    }
                }

                for (nint i = 0; i < end; i += Vector512<T>.Count)
                {
                    greatest = Vector512.MaxNative(greatest, Vector512.Load(scores + i));
                }

                var max = Simd.MaxLanes(greatest);
                if (first)
                {
                    _reference[row] = max;
                }
                else if (max > _reference[row] + margin)
                {
                    var shrink = Simd.PowerOfTwo(Vector512.Create(_reference[row] - max));
                    _reference[row] = max;
                    _sum[row] *= shrink[0];
                    var output = _outputs + (row * _width);
                    for (nint i = 0; i < _width; i += Vector512<T>.Count)
                    {
                        (Vector512.Load(output + i) * shrink).Store(output + i);
                    }
                }
            }
        }

        /// <summary>Turns scores into 2^(score − reference) and adds them up.</summary>
        // Kept out of line: inlined into the loops over blocks, its vectors are spilled.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Raise(int diagonal, int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                var scores = _scores + (row * KeyBlock);
                var reach = Reach(diagonal, row);
                var reference = Vector512.Create(_reference[row]);
                Vector512<T> sum = default;
                for (nint i = 0; i < reach; i += Vector512<T>.Count)
                {
                    var term = Simd.PowerOfTwo(Vector512.Load(scores + i) - reference);
                    sum += term;
                    term.Store(scores + i);
                }

                _sum[row] += Simd.SumLanes(sum);
            }
        }
    }
}
