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

    // Powers of two are taken of what a score is above its row's reference: the score of the sequence's first key, which every query sees, so that a sum is
    // one at least. Where a block of keys sums up to more than this, 2^32, far from overflowing, its greatest score becomes the reference. That is rare, and
    // where it is not so nobody looks for the greatest.
    private const float Room = 4294967296;

    /// <summary>Attends to the pass's own keys, or to those of the cache, which the pass's are added to.</summary>
    public static void Run<T>(AttentionShape shape, int batch, int kvHead, Matrix<T> qkv, Matrix<T> o, Matrix<T> logSumExp, KeyValues<T>? cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tokens = qkv.RowRange(batch * shape.Sequence, shape.Sequence);
        var keys = tokens.ColumnRange(shape.KeyColumn(kvHead), shape.HeadDim);
        var values = tokens.ColumnRange(shape.ValueColumn(kvHead), shape.HeadDim);
        var scale = T.CreateTruncating(shape.BinaryScale);
        if (cache is not null)
        {
            Run(shape, batch, kvHead, tokens, cache.Append(batch, kvHead, keys, scale, values), o, logSumExp);
            return;
        }

        var (width, length, stride) = (shape.PaddedDim<T>(), shape.PaddedSequence<T>(), shape.TransposedStride<T>());
        using var keyMemory = Scratch<T>.Rent((nint)shape.HeadDim * stride);
        using var valueMemory = Scratch<T>.Rent((nint)length * width);
        AttentionPacking.PackTransposed(keys, scale, valueMemory.Pointer, width, keep: false, keyMemory.Pointer, stride, length);
        AttentionPacking.Pack(values, T.One, valueMemory.Pointer, width, length);
        Run(shape, batch, kvHead, tokens, new AttentionHead<T>(keyMemory.Pointer, stride, valueMemory.Pointer, past: 0), o, logSumExp);
    }

    private static void Run<T>(AttentionShape shape, int batch, int kvHead, Matrix<T> tokens, AttentionHead<T> keys, Matrix<T> o, Matrix<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (dim, width, firstToken) = (shape.HeadDim, shape.PaddedDim<T>(), batch * shape.Sequence);
        using var blockMemory = Scratch<T>.Rent(QueryBlock * ((2 * width) + KeyBlock + Vector512<T>.Count + 3));
        var block = new Block<T>(blockMemory.Pointer, width, dim) { Keys = keys.Keys, Values = keys.Values, KeyStride = keys.KeyStride };
        var (nextTokens, nextKvHead) = shape.After(tokens, kvHead);
        for (var head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (int query = 0, rows; query < shape.Sequence; query += rows)
            {
                // Blocks end where they do in a sequence that comes as a whole: a row's sums are the same.
                var position = keys.Past + query;
                rows = Math.Min(QueryBlock - (position % QueryBlock), shape.Sequence - query);
                var queries = tokens.RowRange(query, rows).ColumnRange(shape.QueryColumn(head), dim);
                var outputs = o.RowRange(firstToken + query, rows).ColumnRange(shape.QueryColumn(head), dim);
                var (nextQuery, nextHead) = query + rows < shape.Sequence ? (query + rows, head) : (0, head + 1);
                var nextQueries = tokens.RowRange(nextQuery, QueryBlock).ColumnRange(shape.QueryColumn(nextHead), dim);
                var nextKeys = nextTokens.RowRange(query, rows).ColumnRange(shape.KeyColumn(nextKvHead), dim);
                var nextValues = nextTokens.RowRange(query, rows).ColumnRange(shape.ValueColumn(nextKvHead), dim);
                var inPlace = shape.IsWhole<T>(rows);
                if (!inPlace)
                {
                    AttentionPacking.Pack(queries, T.One, block.Queries.Pointer, width, AttentionShape.RoundUp(rows, Tile.Rows));
                }

                var sums = inPlace ? Strided<T>.Of(outputs) : block.Outputs;
                block.Attend(
                    position, rows, inPlace ? Strided<T>.Of(queries) : block.Queries, sums, [nextQueries, outputs],
                    [shape.IsFirstOfGroup(head) ? nextKeys : default, shape.IsLastOfGroup(head) ? nextValues : default]);
                block.Finish(sums, outputs, logSumExp.Row(head)[(firstToken + query)..]);
            }
        }
    }

    /// <summary>What one block of queries works on.</summary>
    private readonly struct Block<T>(T* memory, int width, int dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int _width = width;
        private readonly int _dim = dim;

        // [QueryBlock, KeyBlock], [QueryBlock, lanes], and per query its reference, Σ 2^(score − reference) and the share of a block of keys in that sum.
        private readonly T* _scores = memory + (QueryBlock * 2 * width);
        private readonly T* _lanes = memory + (QueryBlock * ((2 * width) + KeyBlock));
        private readonly T* _reference = memory + (QueryBlock * ((2 * width) + KeyBlock + Vector512<T>.Count));
        private readonly T* _sum = memory + (QueryBlock * ((2 * width) + KeyBlock + Vector512<T>.Count + 1));
        private readonly T* _share = memory + (QueryBlock * ((2 * width) + KeyBlock + Vector512<T>.Count + 2));

        /// <summary>Room for queries, [QueryBlock, width].</summary>
        public Strided<T> Queries { get; } = new(memory, width, 1);

        /// <summary>Room for their outputs, [QueryBlock, width].</summary>
        public Strided<T> Outputs { get; } = new(memory + (QueryBlock * width), width, 1);

        /// <summary>[headDim, length], transposed, scaled by 1 / (√headDim · ln 2), rows <see cref="KeyStride"/> apart.</summary>
        public T* Keys { get; init; }

        /// <summary>[length, width].</summary>
        public T* Values { get; init; }

        public int KeyStride { get; init; }

        /// <param name="query">Where the first query stands in its sequence.</param>
        /// <param name="rows">Queries.</param>
        /// <param name="queries">[rows, headDim], in whole tiles.</param>
        /// <param name="outputs">[rows, width], overwritten, in whole tiles too: the values, each times its 2^(score − reference).</param>
        /// <param name="soon">What the next block reads and this one writes.</param>
        /// <param name="later">What the next task reads.</param>
        /// <remarks>A head's part of a token is short and the next token's far away: the processor does not guess them, and they are asked for while it multiplies.</remarks>
        public void Attend(int query, int rows, Strided<T> queries, Strided<T> outputs, ReadOnlySpan<Matrix<T>> soon, ReadOnlySpan<Matrix<T>> later)
        {
            new Span<T>(_sum, QueryBlock).Clear();
            var tiled = AttentionShape.RoundUp(rows, Tile.Rows);

            // Rows are summed up for as many as a vector has lanes.
            if (tiled % Vector512<T>.Count != 0)
            {
                new Span<T>(_lanes, QueryBlock * Vector512<T>.Count).Clear();
            }

            var began = ProductClock.Begin();
            Score(query, queries, rows, 0, soon);
            ProductClock.End(began);
            for (var key = 0; key < query + rows; key += KeyBlock)
            {
                var diagonal = query - key;
                if (!Raise(diagonal, tiled, first: key == 0))
                {
                    // The scores are gone. Rows that had room get what they had: a row does not depend on those beside it.
                    began = ProductClock.Begin();
                    Score(query, queries, rows, key, []);
                    ProductClock.End(began);
                    Refer(diagonal, rows, outputs, first: key == 0);
                    Raise(diagonal, tiled, first: false);
                }

                Add();

                // One block's last product and the next one's first are timed as one.
                began = ProductClock.Begin();
                Sum(diagonal, rows, outputs, key, key == 0 ? later : []);
                if (key + KeyBlock < query + rows)
                {
                    Score(query, queries, rows, key + KeyBlock, []);
                }

                ProductClock.End(began);
            }
        }

        /// <summary>Divides by the sums.</summary>
        public void Finish(Strided<T> sums, Matrix<T> o, Span<T> logSumExp)
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
                AttentionPacking.CopyRow(sums.Pointer + (row * sums.Row), _sum[row], o.Pointer + (row * o.RowStride), _dim);
            }
        }

        /// <summary>How many keys of the block the last query of a row's tile sees; what lies right of them is never touched.</summary>
        private static int Reach(int diagonal, int row) => Math.Min(KeyBlock, diagonal + (row / Tile.Rows * Tile.Rows) + Tile.Rows);

        /// <summary>Queries · keysᵀ, tile after tile.</summary>
        private void Score(int query, Strided<T> queries, int rows, int key, ReadOnlySpan<Matrix<T>> asked)
        {
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Math.Min(Tile.Rows, rows - row));
                Tile.Multiply(
                    queries.From(row), Keys + key, KeyStride, _dim,
                    _scores + (row * KeyBlock), KeyBlock, AttentionShape.RoundUp(Reach(query - key, row), Vector512<T>.Count), accumulate: false);
            }
        }

        /// <summary>Adds the values, each times its 2^(score − reference).</summary>
        private void Sum(int diagonal, int rows, Strided<T> outputs, int key, ReadOnlySpan<Matrix<T>> asked)
        {
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Math.Min(Tile.Rows, rows - row));
                Tile.Multiply(
                    new Strided<T>(_scores + (row * KeyBlock), KeyBlock, 1), Values + ((nint)key * _width), _width, Reach(diagonal, row),
                    outputs.Pointer + (row * outputs.Row), outputs.Row, _width, accumulate: key > 0);
            }
        }

        /// <summary>Turns scores into 2^(score − reference), zero for keys that a row does not see, and sums them up in <see cref="_share"/>.</summary>
        /// <param name="diagonal">How far the first query stands behind the block's first key.</param>
        /// <param name="rows">Queries, in whole tiles.</param>
        /// <param name="first">Whether the block's first key is the sequence's, and its scores become the references.</param>
        /// <returns>Whether every row's sum has room.</returns>
        // Kept out of line: inlined into the loops over blocks, its vectors are spilled.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private bool Raise(int diagonal, int rows, bool first)
        {
            for (var row = 0; row < rows; row++)
            {
                var scores = _scores + (row * KeyBlock);
                if (first)
                {
                    _reference[row] = scores[0];
                }

                var reference = Vector512.Create(_reference[row]);
                var (visible, reach) = (Math.Min(KeyBlock, diagonal + row + 1), Reach(diagonal, row));
                Vector512<T> sum = default;
                nint i = 0;
                for (; i <= visible - Vector512<T>.Count; i += Vector512<T>.Count)
                {
                    var term = Simd.PowerOfTwo(Vector512.Load(scores + i) - reference);
                    sum += term;
                    term.Store(scores + i);
                }

                for (; i < reach; i += Vector512<T>.Count)
                {
                    var seen = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(visible - i)));
                    var term = Vector512.ConditionalSelect(seen, Simd.PowerOfTwo(Vector512.Load(scores + i) - reference), Vector512<T>.Zero);
                    sum += term;
                    term.Store(scores + i);
                }

                sum.Store(_lanes + (row * Vector512<T>.Count));
            }

            var hasRoom = true;
            for (var row = 0; row < rows; row += Vector512<T>.Count)
            {
                var share = RowSums.Of(_lanes + (row * Vector512<T>.Count));
                share.Store(_share + row);
                hasRoom &= Vector512.LessThanOrEqualAll(share, Vector512.Create(T.CreateTruncating(Room)));
            }

            return hasRoom;
        }

        /// <summary>Brings what rows without room have summed so far to a new reference, the greatest of the block's scores.</summary>
        private void Refer(int diagonal, int rows, Strided<T> outputs, bool first)
        {
            for (var row = 0; row < rows; row++)
            {
                if (_share[row] <= T.CreateTruncating(Room))
                {
                    continue;
                }

                var greatest = Simd.Max(_scores + (row * KeyBlock), Math.Min(KeyBlock, diagonal + row + 1));
                var shrink = Simd.PowerOfTwo(Vector512.Create(_reference[row] - greatest));
                _reference[row] = greatest;
                if (!first)
                {
                    _sum[row] *= shrink[0];
                    var output = outputs.Pointer + (row * outputs.Row);
                    for (nint i = 0; i < _width; i += Vector512<T>.Count)
                    {
                        (Vector512.Load(output + i) * shrink).Store(output + i);
                    }
                }
            }
        }

        /// <summary>Adds the block's sums to those before.</summary>
        private void Add()
        {
            for (var row = 0; row < QueryBlock; row += Vector512<T>.Count)
            {
                (Vector512.Load(_sum + row) + Vector512.Load(_share + row)).Store(_sum + row);
            }
        }
    }
}
