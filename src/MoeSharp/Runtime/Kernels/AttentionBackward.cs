using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>
/// The backward pass of one key head of one sequence, and of the query heads that share it: with P = e^(S − logSumExp), dP = dO·vᵀ and
/// D = Σ dO·o of each row, dS = P·(dP − D), dQ = dS·k / √headDim, dK = dSᵀ·q / √headDim, dV = Pᵀ·dO.
/// </summary>
internal static unsafe class AttentionBackward
{
    // Two blocks of scores, 32 × 128, P and dS, at a time.
    private const int QueryBlock = 32;
    private const int KeyBlock = 128;

    public static void Run<T>(
        AttentionShape shape, int batch, int kvHead, Matrix<T> dO, Matrix<T> qkv, Matrix<T> o, Matrix<T> logSumExp, Matrix<T> dQkv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (dim, width, length) = (shape.HeadDim, shape.PaddedDim<T>(), shape.PaddedSequence<T>());
        var stride = shape.TransposedStride<T>();
        var firstToken = batch * shape.Sequence;
        var tokens = qkv.RowRange(firstToken, shape.Sequence);
        var gradients = dQkv.RowRange(firstToken, shape.Sequence);
        var keys = tokens.ColumnRange(shape.KeyColumn(kvHead), dim);
        var values = tokens.ColumnRange(shape.ValueColumn(kvHead), dim);

        using var headMemory = Scratch<T>.Rent(((nint)stride * 2 * dim) + ((nint)length * 3 * width));
        using var blockMemory = Scratch<T>.Rent(QueryBlock * ((3 * width) + (2 * KeyBlock) + 2));
        var block = new Block<T>(headMemory.Pointer, blockMemory.Pointer, length, stride, width, dim);

        // They carry all scales, so that a block's queries and dO are multiplied as they are: dP and D are times ln 2, and so is dS.
        var (binaryScale, ln2) = (T.CreateTruncating(shape.BinaryScale), T.CreateTruncating(Exponential.Ln2));
        AttentionPacking.PackTransposed(keys, binaryScale, block.Keys, width, keep: true, block.KeysTransposed, stride, length);
        AttentionPacking.PackTransposed(values, ln2, block.DValues, width, keep: false, block.ValuesTransposed, stride, length);

        var (nextTokens, nextKvHead) = shape.After(tokens, kvHead);
        var nextKeys = nextTokens.ColumnRange(shape.KeyColumn(nextKvHead), dim);
        var nextValues = nextTokens.ColumnRange(shape.ValueColumn(nextKvHead), dim);
        var keyGradients = gradients.ColumnRange(shape.KeyColumn(kvHead), dim);
        var valueGradients = gradients.ColumnRange(shape.ValueColumn(kvHead), dim);
        for (var head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (var query = 0; query < shape.Sequence; query += QueryBlock)
            {
                var rows = Math.Min(QueryBlock, shape.Sequence - query);
                var column = shape.QueryColumn(head);
                var upstream = dO.RowRange(firstToken + query, rows).ColumnRange(column, dim);
                var queries = tokens.RowRange(query, rows).ColumnRange(column, dim);
                var target = gradients.RowRange(query, rows).ColumnRange(column, dim);
                var inPlace = shape.IsWhole<T>(rows);
                if (!inPlace)
                {
                    AttentionPacking.Pack(queries, T.One, block.Queries.Pointer, width, QueryBlock);
                    AttentionPacking.Pack(upstream, T.One, block.DOutputs.Pointer, width, QueryBlock);
                }

                block.Begin(upstream, o.RowRange(firstToken + query, rows).ColumnRange(column, dim), logSumExp.Row(head)[(firstToken + query)..]);
                var (nextQuery, nextHead) = query + rows < shape.Sequence ? (query + rows, head) : (0, head + 1);
                var nextColumn = shape.QueryColumn(nextHead);
                block.Differentiate(
                    query,
                    rows,
                    inPlace ? Strided<T>.Of(queries) : block.Queries,
                    inPlace ? Strided<T>.Of(upstream) : block.DOutputs,
                    inPlace ? Strided<T>.Of(target) : block.DQueries,
                    shape.IsFirstOfGroup(head),
                    [
                        tokens.RowRange(nextQuery, QueryBlock).ColumnRange(nextColumn, dim),
                        dO.RowRange(firstToken + nextQuery, QueryBlock).ColumnRange(nextColumn, dim),
                    ],
                    [o.RowRange(firstToken + nextQuery, QueryBlock).ColumnRange(nextColumn, dim), target],
                    [
                        shape.IsFirstOfGroup(head) ? nextKeys.RowRange(query, rows) : default,
                        shape.IsFirstOfGroup(head) ? nextValues.RowRange(query, rows) : default,
                        shape.IsLastOfGroup(head) ? keyGradients.RowRange(query, rows) : default,
                        shape.IsLastOfGroup(head) ? valueGradients.RowRange(query, rows) : default,
                    ]);
                if (!inPlace)
                {
                    AttentionPacking.Unpack(block.DQueries.Pointer, width, T.One, target);
                }
            }
        }

        AttentionPacking.Unpack(block.DKeys, width, binaryScale, keyGradients);
        AttentionPacking.Unpack(block.DValues, width, T.One, valueGradients);
    }

    /// <summary>What the key head keeps throughout, and what one block of queries works on.</summary>
    private readonly struct Block<T>(T* head, T* memory, int length, int stride, int width, int dim)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly int _stride = stride;
        private readonly int _width = width;
        private readonly int _dim = dim;

        // [QueryBlock, KeyBlock] twice, and two numbers a query.
        private readonly T* _p = memory + (QueryBlock * 3 * width);
        private readonly T* _ds = memory + (QueryBlock * ((3 * width) + KeyBlock));
        private readonly T* _logSumExp = memory + (QueryBlock * ((3 * width) + (2 * KeyBlock)));
        private readonly T* _dot = memory + (QueryBlock * ((3 * width) + (2 * KeyBlock) + 1));

        /// <summary>[length, width], scaled by 1 / (√headDim · ln 2).</summary>
        public T* Keys { get; } = head;

        /// <summary>[length, width], summed over queries and heads, to be scaled as the keys.</summary>
        public T* DKeys { get; } = head + ((nint)length * width);

        /// <summary>[length, width], summed over queries and heads.</summary>
        public T* DValues { get; } = head + ((nint)length * 2 * width);

        /// <summary>[headDim, length], scaled as the keys, rows a stride apart.</summary>
        public T* KeysTransposed { get; } = head + ((nint)length * 3 * width);

        /// <summary>[headDim, length], scaled by ln 2, rows a stride apart.</summary>
        public T* ValuesTransposed { get; } = head + ((nint)length * 3 * width) + ((nint)stride * dim);

        /// <summary>Room for queries, [QueryBlock, width].</summary>
        public Strided<T> Queries { get; } = new(memory, width, 1);

        /// <summary>Room for dO, [QueryBlock, width].</summary>
        public Strided<T> DOutputs { get; } = new(memory + (QueryBlock * width), width, 1);

        /// <summary>Room for dQ, [QueryBlock, width].</summary>
        public Strided<T> DQueries { get; } = new(memory + (QueryBlock * 2 * width), width, 1);

        /// <summary>log₂ Σ 2^score and D · ln 2 of every row.</summary>
        public void Begin(Matrix<T> dO, Matrix<T> o, Span<T> logSumExp)
        {
            new Span<T>(_logSumExp, QueryBlock).Clear();
            fixed (T* source = logSumExp)
            {
                AttentionPacking.CopyRow(source, T.CreateTruncating(1 / Exponential.Ln2), _logSumExp, dO.Rows);
            }

            // Where P comes: the rows' products lane by lane, which are summed up for many rows at once.
            new Span<T>(_p + (dO.Rows * Vector512<T>.Count), (QueryBlock - dO.Rows) * Vector512<T>.Count).Clear();
            for (var row = 0; row < dO.Rows; row++)
            {
                var a = dO.Pointer + (row * dO.RowStride);
                var b = o.Pointer + (row * o.RowStride);
                Vector512<T> lanes = default;
                for (nint i = 0; i < _dim; i += Vector512<T>.Count)
                {
                    lanes = Simd.Fma(Simd.Load(a + i, _dim - i), Simd.Load(b + i, _dim - i), lanes);
                }

                lanes.Store(_p + (row * Vector512<T>.Count));
            }

            var ln2 = Vector512.Create(T.CreateTruncating(Exponential.Ln2));
            for (var row = 0; row < QueryBlock; row += Vector512<T>.Count)
            {
                (RowSums.Of(_p + (row * Vector512<T>.Count)) * ln2).Store(_dot + row);
            }
        }

        /// <param name="query">The first query.</param>
        /// <param name="rows">Queries.</param>
        /// <param name="queries">[rows, width], in whole tiles: what lies beyond the queries is zero, and adds nothing to any sum.</param>
        /// <param name="dO">[rows, width], likewise.</param>
        /// <param name="dQ">[rows, width], in whole tiles, overwritten.</param>
        /// <param name="isFirst">Whether they are the first head's: keys that no query before these has seen get their gradients' first share.</param>
        /// <param name="soon">What the next block reads,</param>
        /// <param name="too">and also what this one writes.</param>
        /// <param name="later">What the next task reads and this one writes in the end.</param>
        /// <remarks>A head's part of a token is short and the next token's far away: the processor does not guess them, and they are asked for while it multiplies.</remarks>
        public void Differentiate(
            int query, int rows, Strided<T> queries, Strided<T> dO, Strided<T> dQ, bool isFirst,
            ReadOnlySpan<Matrix<T>> soon, ReadOnlySpan<Matrix<T>> too, ReadOnlySpan<Matrix<T>> later)
        {
            var tiled = AttentionShape.RoundUp(rows, Tile.Rows);
            var began = ProductClock.Begin();
            ByQueries(query, tiled, queries, dO, 0, soon, too);
            ProductClock.End(began);
            for (var key = 0; key < query + rows; key += KeyBlock)
            {
                Scores(query - key, tiled);

                // One block's last product and the next one's first are timed as one.
                began = ProductClock.Begin();
                Gradients(query - key, tiled, queries, dO, dQ, key, isFirst, key == 0 ? later : []);
                if (key + KeyBlock < query + rows)
                {
                    ByQueries(query - key - KeyBlock, tiled, queries, dO, key + KeyBlock, [], []);
                }

                ProductClock.End(began);
            }
        }

        /// <summary>How many keys of the block the last query of a row's tile sees; what lies right of them is never touched.</summary>
        private static int Reach(int diagonal, int row) => Math.Min(KeyBlock, diagonal + (row / Tile.Rows * Tile.Rows) + Tile.Rows);

        /// <summary>S and dP.</summary>
        private void ByQueries(int diagonal, int rows, Strided<T> queries, Strided<T> dO, int key, ReadOnlySpan<Matrix<T>> asked, ReadOnlySpan<Matrix<T>> askedToo)
        {
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                var columns = AttentionShape.RoundUp(Reach(diagonal, row), Vector512<T>.Count);
                var p = _p + (row * KeyBlock);
                var ds = _ds + (row * KeyBlock);
                Simd.AskRows(asked, row, Tile.Rows);
                Tile.Multiply(queries.From(row), KeysTransposed + key, _stride, _dim, p, KeyBlock, columns, accumulate: false);
                Simd.AskRows(askedToo, row, Tile.Rows);
                Tile.Multiply(dO.From(row), ValuesTransposed + key, _stride, _dim, ds, KeyBlock, columns, accumulate: false);
            }
        }

        /// <summary>The block's shares of dQ, dV and dK.</summary>
        private void Gradients(int diagonal, int rows, Strided<T> queries, Strided<T> dO, Strided<T> dQ, int key, bool isFirst, ReadOnlySpan<Matrix<T>> asked)
        {
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Tile.Rows);
                Tile.Multiply(
                    new Strided<T>(_ds + (row * KeyBlock), KeyBlock, 1), Keys + ((nint)key * _width), _width, Reach(diagonal, row),
                    dQ.Pointer + (row * dQ.Row), dQ.Row, _width, accumulate: key > 0);
            }

            var reach = Math.Min(KeyBlock, diagonal + rows);
            for (var column = 0; column < reach; column += Tile.Rows)
            {
                // Queries before these keys do not see them.
                var first = Math.Max(0, column - diagonal);
                var corner = (first * KeyBlock) + column;
                var target = (nint)(key + column) * _width;
                var accumulate = !isFirst || column < diagonal;
                Tile.Multiply(
                    new Strided<T>(_p + corner, 1, KeyBlock), dO.Pointer + (first * dO.Row), dO.Row, rows - first, DValues + target, _width, _width, accumulate);
                Tile.Multiply(
                    new Strided<T>(_ds + corner, 1, KeyBlock), queries.Pointer + (first * queries.Row), queries.Row, rows - first, DKeys + target, _width, _width, accumulate);
            }
        }

        /// <summary>P = 2^(S − logSumExp) and dS = P·(dP − D), times ln 2, in place of S and dP; zero for keys that the row does not see.</summary>
        // Kept out of line: inlined into the loops over blocks, its vectors are spilled.
        [MethodImpl(MethodImplOptions.NoInlining)]
        private void Scores(int diagonal, int rows)
        {
            for (var row = 0; row < rows; row++)
            {
                var p = _p + (row * KeyBlock);
                var ds = _ds + (row * KeyBlock);
                var shift = Vector512.Create(_logSumExp[row]);
                var dot = Vector512.Create(_dot[row]);
                var (visible, reach) = (Math.Min(KeyBlock, diagonal + row + 1), Reach(diagonal, row));
                nint i = 0;
                for (; i <= visible - Vector512<T>.Count; i += Vector512<T>.Count)
                {
                    var probability = Simd.PowerOfTwo(Vector512.Load(p + i) - shift);
                    probability.Store(p + i);
                    (probability * (Vector512.Load(ds + i) - dot)).Store(ds + i);
                }

                for (; i < reach; i += Vector512<T>.Count)
                {
                    var seen = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(visible - i)));
                    var probability = Vector512.ConditionalSelect(seen, Simd.PowerOfTwo(Vector512.Load(p + i) - shift), Vector512<T>.Zero);
                    probability.Store(p + i);
                    Vector512.ConditionalSelect(seen, probability * (Vector512.Load(ds + i) - dot), Vector512<T>.Zero).Store(ds + i);
                }
            }
        }
    }
}
