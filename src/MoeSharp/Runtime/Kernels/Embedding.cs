namespace MoeSharp.Runtime;

/// <summary>Rows of a table by index, as <c>torch.nn.functional.embedding</c>.</summary>
public static unsafe class Embedding
{
    // Every task walks all tokens but owns its columns: no two write the same element, and each element's sum is in the order of the tokens.
    private const int ColumnsPerTask = 64;

    /// <summary>y[t] = table[ids[t]].</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="ids">[1, tokens].</param>
    /// <param name="table">[vocab, dim].</param>
    /// <param name="y">[tokens, dim], overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is outside the vocabulary.</exception>
    public static void Forward<T, TWeight>(Workers workers, Matrix<int> ids, Matrix<TWeight> table, Matrix<T> y)
        where T : unmanaged
        where TWeight : unmanaged
    {
        Check("Embedding.Forward", ids, table, y);
        workers.For(y.Rows, Elementwise.RowsPerTask(y.Columns), (first, end) =>
        {
            for (var row = first; row < end; row++)
            {
                Stored.Copy<T, TWeight, T>(table.Pointer + (ids[0, row] * table.RowStride), y.Pointer + (row * y.RowStride), y.Columns);
            }
        });
    }

    /// <summary>dTable[ids[t]] += dy[t], token after token.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="ids">[1, tokens].</param>
    /// <param name="dy">[tokens, dim].</param>
    /// <param name="dTable">[vocab, dim], added to.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is outside the vocabulary.</exception>
    public static void Backward<T, TGradient>(Workers workers, Matrix<int> ids, Matrix<T> dy, Matrix<TGradient> dTable)
        where T : unmanaged
        where TGradient : unmanaged
    {
        Check("Embedding.Backward", ids, dTable, dy);
        workers.For(dy.Columns, ColumnsPerTask, (first, end) =>
        {
            for (var token = 0; token < dy.Rows; token++)
            {
                var target = dTable.Pointer + (ids[0, token] * dTable.RowStride) + first;
                Stored.Add<T, T, TGradient>(dy.Pointer + (token * dy.RowStride) + first, target, end - first);
            }
        });
    }

    private static void Check<T, TTable>(string kernel, Matrix<int> ids, Matrix<TTable> table, Matrix<T> y)
        where T : unmanaged
        where TTable : unmanaged
    {
        Require.Shape(kernel, ids, 1, y.Rows);
        Require.RowMajor(kernel, table);
        Require.Shape(kernel, y, y.Rows, table.Columns);
        if (ids.ColumnStride == 1 && !ids.Row(0).ContainsAnyExceptInRange(0, table.Rows - 1))
        {
            return;
        }

        for (var token = 0; token < y.Rows; token++)
        {
            if ((uint)ids[0, token] >= (uint)table.Rows)
            {
                throw new ArgumentException(
                    $"{kernel}: ids[{token}] is {ids[0, token]}, but the table is [{table.Rows}, {table.Columns}]: ids run from 0 to {table.Rows - 1}.", nameof(ids));
            }
        }
    }
}
