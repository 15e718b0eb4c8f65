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

    // How many rows before its turn one is asked for.
    private const int RowsAhead = 8;

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

        // By way of dense rows, the values' where their gradients come: transposing rows that lie close together is so much faster.
        AttentionPacking.Pack(keys, T.One, block.Keys, width, length);
        AttentionPacking.Pack(values, T.One, block.DValues, width, length);
        AttentionPacking.PackTransposed(new Matrix<T>(block.Keys, shape.Sequence, dim, width), block.KeysTransposed, stride, length);
        AttentionPacking.PackTransposed(new Matrix<T>(block.DValues, shape.Sequence, dim, width), block.ValuesTransposed, stride, length);

        var (nextTokens, nextKvHead) = shape.After(tokens, kvHead);
        var nextKeys = nextTokens.ColumnRange(shape.KeyColumn(nextKvHead), dim);
        var nextValues = nextTokens.ColumnRange(shape.ValueColumn(nextKvHead), dim);
        var keyGradients = gradients.ColumnRange(shape.KeyColumn(kvHead), dim);
        var valueGradients = gradients.ColumnRange(shape.ValueColumn(kvHead), dim);
        var (scale, binaryScale) = (T.CreateTruncating(shape.Scale), T.CreateTruncating(shape.BinaryScale));
        for (var head = kvHead * shape.Group; head < (kvHead + 1) * shape.Group; head++)
        {
            for (var query = 0; query < shape.Sequence; query += QueryBlock)
            {
                var rows = Math.Min(QueryBlock, shape.Sequence - query);
                var column = shape.QueryColumn(head);
                var upstream = dO.RowRange(firstToken + query, rows).ColumnRange(column, dim);
                AttentionPacking.Pack(tokens.RowRange(query, rows).ColumnRange(column, dim), binaryScale, block.Queries, width, QueryBlock);
                AttentionPacking.Pack(upstream, T.One, block.DOutputs, width, QueryBlock);
                block.Begin(upstream, o.RowRange(firstToken + query, rows).ColumnRange(column, dim), logSumExp.Row(head)[(firstToken + query)..]);
                var target = gradients.RowRange(query, rows).ColumnRange(column, dim);
                var (nextQuery, nextHead) = query + rows < shape.Sequence ? (query + rows, head) : (0, head + 1);
                var nextColumn = shape.QueryColumn(nextHead);
                block.Differentiate(
                    query,
                    rows,
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
                AttentionPacking.Unpack(block.DQueries, width, scale, target);
            }
        }

        AttentionPacking.Unpack(block.DKeys, width, T.CreateTruncating(Exponential.Ln2), keyGradients);
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

        /// <summary>[length, width].</summary>
        public T* Keys { get; } = head;

        /// <summary>[length, width], summed over queries and heads, to be scaled by ln 2.</summary>
        public T* DKeys { get; } = head + ((nint)length * width);

        /// <summary>[length, width], summed over queries and heads.</summary>
        public T* DValues { get; } = head + ((nint)length * 2 * width);

        /// <summary>[headDim, length], rows a stride apart.</summary>
        public T* KeysTransposed { get; } = head + ((nint)length * 3 * width);

        /// <summary>[headDim, length], rows a stride apart.</summary>
        public T* ValuesTransposed { get; } = head + ((nint)length * 3 * width) + ((nint)stride * dim);

        /// <summary>[QueryBlock, width], scaled by 1 / (√headDim · ln 2).</summary>
        public T* Queries { get; } = memory;

        /// <summary>[QueryBlock, width].</summary>
        public T* DOutputs { get; } = memory + (QueryBlock * width);

        /// <summary>[QueryBlock, width], to be scaled by 1 / √headDim.</summary>
        public T* DQueries { get; } = memory + (QueryBlock * 2 * width);

        public void Begin(Matrix<T> dO, Matrix<T> o, Span<T> logSumExp)
        {
            new Span<T>(_dot, QueryBlock).Clear();
            new Span<T>(_logSumExp, QueryBlock).Clear();
            var binary = T.CreateTruncating(1 / Exponential.Ln2);
            for (var row = 0; row < dO.Rows; row++)
            {
                Simd.Ask(o.Pointer + ((row + RowsAhead) * o.RowStride), _dim);
                _logSumExp[row] = logSumExp[row] * binary;
                _dot[row] = Simd.Dot(dO.Pointer + (row * dO.RowStride), o.Pointer + (row * o.RowStride), _dim);
            }
        }

        /// <param name="query">The first query.</param>
        /// <param name="rows">Queries.</param>
        /// <param name="isFirst">Whether they are the first head's: keys that no query before these has seen get their gradients' first share.</param>
        /// <param name="soon">What the next block reads,</param>
        /// <param name="too">and also what this one writes in the end.</param>
        /// <param name="later">What the next task reads and this one writes in the end.</param>
        /// <remarks>A head's part of a token is short and the next token's far away: the processor does not guess them, and they are asked for while it multiplies.</remarks>
        public void Differentiate(int query, int rows, bool isFirst, ReadOnlySpan<Matrix<T>> soon, ReadOnlySpan<Matrix<T>> too, ReadOnlySpan<Matrix<T>> later)
        {
            // The rows up to the tile's end are zero queries with zero gradients: they add nothing to any sum.
            var tiled = AttentionShape.RoundUp(rows, Tile.Rows);
            for (var key = 0; key < query + rows; key += KeyBlock)
            {
                var diagonal = query - key;
                ByQueries(diagonal, tiled, key, key == 0 ? soon : [], key == 0 ? too : []);
                Scores(diagonal, tiled);
                Gradients(diagonal, tiled, key, isFirst, key == 0 ? later : []);
            }
        }

        /// <summary>How many keys of the block the last query of a row's tile sees; what lies right of them is never touched.</summary>
        private static int Reach(int diagonal, int row) => Math.Min(KeyBlock, diagonal + (row / Tile.Rows * Tile.Rows) + Tile.Rows);

        /// <summary>S and dP.</summary>
        private void ByQueries(int diagonal, int rows, int key, ReadOnlySpan<Matrix<T>> asked, ReadOnlySpan<Matrix<T>> askedToo)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                var columns = AttentionShape.RoundUp(Reach(diagonal, row), Vector512<T>.Count);
                var p = _p + (row * KeyBlock);
                var ds = _ds + (row * KeyBlock);
                Simd.AskRows(asked, row, Tile.Rows);
                Tile.Multiply(new Strided<T>(Queries + (row * _width), _width, 1), KeysTransposed + key, _stride, _dim, p, KeyBlock, columns, accumulate: false);
                Simd.AskRows(askedToo, row, Tile.Rows);
                Tile.Multiply(new Strided<T>(DOutputs + (row * _width), _width, 1), ValuesTransposed + key, _stride, _dim, ds, KeyBlock, columns, accumulate: false);
            }

            ProductClock.End(began);
        }

        /// <summary>The block's shares of dQ, dV and dK.</summary>
        private void Gradients(int diagonal, int rows, int key, bool isFirst, ReadOnlySpan<Matrix<T>> asked)
        {
            var began = ProductClock.Begin();
            for (var row = 0; row < rows; row += Tile.Rows)
            {
                Simd.AskRows(asked, row, Tile.Rows);
                Tile.Multiply(
                    new Strided<T>(_ds + (row * KeyBlock), KeyBlock, 1), Keys + ((nint)key * _width), _width, Reach(diagonal, row),
                    DQueries + (row * _width), _width, _width, accumulate: key > 0);
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
                    new Strided<T>(_p + corner, 1, KeyBlock), DOutputs + (first * _width), _width, rows - first, DValues + target, _width, _width, accumulate);
                Tile.Multiply(
                    new Strided<T>(_ds + corner, 1, KeyBlock), Queries + (first * _width), _width, rows - first, DKeys + target, _width, _width, accumulate);
            }

            ProductClock.End(began);
        }

        /// <summary>P = 2^(S − logSumExp) and dS = P·(dP − D) in place of S and dP; zero for keys that the row does not see.</summary>
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
