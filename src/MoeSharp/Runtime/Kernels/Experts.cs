using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoeSharp.Runtime;

/// <summary>The moves between tokens in their own order and rows in the order of the experts, which may be stored in a narrower type than tokens are.</summary>
public static unsafe class Experts
{
    // The tokens of an expert, and the rows of a token, lie anywhere: they are asked for so many rows before their turn.
    private const int RowsAhead = 2;

    /// <summary>Copies the tokens of some rows into a dense block, on the calling thread: block[i] = x[plan.RowToken[first + i]].</summary>
    /// <param name="x">[tokens, dim].</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="block">[count or more, dim]; its first <paramref name="count"/> rows are overwritten.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the plan has no such rows.</exception>
    public static void Gather<T, TStored>(Matrix<T> x, DispatchPlan plan, int first, int count, Matrix<TStored> block)
        where T : unmanaged
        where TStored : unmanaged
    {
        const string Kernel = "Experts.Gather";
        Require.Shape(Kernel, x, plan.Tokens, x.Columns);
        Require.Shape(Kernel, block, block.Rows, x.Columns);
        if (first < 0 || count < 0 || count > plan.Rows - first || count > block.Rows)
        {
            throw new ArgumentException(
                $"{Kernel}: rows {first} to {first + count - 1} are asked of a plan of {plan.Rows} rows into a block [{block.Rows}, {block.Columns}].", nameof(count));
        }

        // What was widened from a tensor is copied from there: half the bytes, and nothing to round.
        if (typeof(T) != typeof(TStored) && typeof(TStored) == typeof(BFloat16) && LentTensor.Find(x.Pointer) is { } lent)
        {
            CopyRows(lent.Narrow(x), plan, first, count, block);
        }
        else
        {
            CopyRows(x, plan, first, count, block);
        }
    }

    /// <summary>Copies the tokens of a block's rows, on the calling thread.</summary>
    /// <param name="x">[tokens, dim].</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="block">Which rows.</param>
    /// <param name="target">[rows of the block, dim].</param>
    public static void Gather<T, TStored>(Matrix<T> x, DispatchPlan plan, ExpertBlock block, Matrix<TStored> target)
        where T : unmanaged
        where TStored : unmanaged => Gather(x, plan, block.First, block.Rows, target);

    /// <summary>y[t] = Σ over slots k, in their order, of weights[t, k] · rows[plan.SlotRow[t, k]]; a dropped slot adds nothing.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="rows">[plan.Rows or more, dim]: the experts' outputs.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="weights">[tokens, K]: the gate's weights.</param>
    /// <param name="y">[tokens, dim], overwritten.</param>
    /// <param name="first">[tokens, dim], added: a residual, the shared experts' output. May be left out.</param>
    /// <param name="second">[tokens, dim], added likewise.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void Combine<T, TStored>(
        Workers workers, Matrix<TStored> rows, DispatchPlan plan, Matrix<T> weights, Matrix<T> y, Matrix<T> first = default, Matrix<T> second = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        Require.Shape("Experts.Combine", weights, plan.Tokens, plan.Slots);
        Sum("Experts.Combine", workers, rows, plan, weights, y, first, second);
    }

    /// <summary>dx[t] = Σ over slots k, in their order, of rows[plan.SlotRow[t, k]]: the gradient of gathering.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="rows">[plan.Rows or more, dim]: the gradients of the experts' inputs.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="dx">[tokens, dim], overwritten or added to.</param>
    /// <param name="accumulate">Add to <paramref name="dx"/>.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a matrix is not row-major.</exception>
    public static void ScatterSum<T, TStored>(Workers workers, Matrix<TStored> rows, DispatchPlan plan, Matrix<T> dx, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged =>
        Sum("Experts.ScatterSum", workers, rows, plan, default, dx, accumulate ? dx : default, default);

    private static void CopyRows<T, TStored>(Matrix<T> x, DispatchPlan plan, int first, int count, Matrix<TStored> block)
        where T : unmanaged
        where TStored : unmanaged
    {
        for (var row = 0; row < count; row++)
        {
            if (row + RowsAhead < count)
            {
                Simd.Ask(x.Pointer + (plan.RowToken[first + row + RowsAhead] * x.RowStride), x.Columns);
            }

            Stored.CopyRow(x.Pointer + (plan.RowToken[first + row] * x.RowStride), block.Pointer + (row * block.RowStride), x.Columns);
        }
    }

    private static void Sum<T, TStored>(
        string kernel, Workers workers, Matrix<TStored> rows, DispatchPlan plan, Matrix<T> weights, Matrix<T> y, Matrix<T> first, Matrix<T> second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        CheckRows(kernel, rows, plan, y);
        foreach (var addend in new[] { first, second })
        {
            if (addend.Pointer != null)
            {
                Require.Shape(kernel, addend, y.Rows, y.Columns);
            }
        }

        workers.For(y.Rows, Elementwise.RowsPerTask(y.Columns * (plan.Slots + 1)), (begin, end) =>
        {
            for (var token = begin; token < end; token++)
            {
                SumToken(rows, plan, token, end, RowOf(weights, token), y.Pointer + (token * y.RowStride), RowOf(first, token), RowOf(second, token));
            }
        });
    }

    /// <summary>That a plan's rows and the tokens they are summed for fit.</summary>
    internal static void CheckRows<T, TStored>(string kernel, Matrix<TStored> rows, DispatchPlan plan, Matrix<T> y)
        where T : unmanaged
        where TStored : unmanaged
    {
        Require.Shape(kernel, y, plan.Tokens, rows.Columns);
        Require.RowMajor(kernel, rows);
        if (rows.Rows < plan.Rows)
        {
            throw new ArgumentException($"{kernel}: rows is [{rows.Rows}, {rows.Columns}], but the plan has {plan.Rows} rows.", nameof(rows));
        }
    }

    /// <summary>The sum for one token, of those up to <paramref name="end"/> that a thread does one after the other; what is null adds nothing.</summary>
    internal static void SumToken<T, TStored>(Matrix<TStored> rows, DispatchPlan plan, int token, int end, T* weight, T* y, T* first, T* second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var (slots, slotRow) = (plan.Slots, plan.SlotRow);
        if (token + RowsAhead < end)
        {
            foreach (var soon in slotRow.AsSpan((token + RowsAhead) * slots, slots))
            {
                Simd.Ask(rows.Pointer + (Math.Max(soon, 0) * rows.RowStride), rows.Columns);
            }
        }

        SumToken(rows, slotRow.AsSpan(token * slots, slots), weight, y, first, second);
    }

    private static T* RowOf<T>(Matrix<T> matrix, int row)
        where T : unmanaged => matrix.Pointer == null ? null : matrix.Pointer + (row * matrix.RowStride);

    private static void SumToken<T, TStored>(Matrix<TStored> rows, ReadOnlySpan<int> chosen, T* weight, T* y, T* first, T* second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        nint width = rows.Columns;
        nint i = 0;
        for (; i <= width - (4 * Vector512<T>.Count); i += 4 * Vector512<T>.Count)
        {
            SumFour(rows.Pointer + i, rows.RowStride, chosen, weight, y + i, At(first, i), At(second, i));
        }

        for (; i <= width - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            SumVector(rows.Pointer + i, rows.RowStride, chosen, weight, y + i, At(first, i), At(second, i), Vector512<T>.Count);
        }

        if (i < width)
        {
            SumVector(rows.Pointer + i, rows.RowStride, chosen, weight, y + i, At(first, i), At(second, i), width - i);
        }
    }

    private static T* At<T>(T* row, nint column)
        where T : unmanaged => row == null ? null : row + column;

    /// <summary>Four neighbouring vectors: a slot's row and weight are looked up once for all of them. Each sum is as in <see cref="SumVector"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumFour<T, TStored>(TStored* rows, nint rowStride, ReadOnlySpan<int> chosen, T* weight, T* y, T* first, T* second)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var lanes = Vector512<T>.Count;
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        if (first != null)
        {
            (s0, s1) = (Vector512.Load(first), Vector512.Load(first + lanes));
            (s2, s3) = (Vector512.Load(first + (2 * lanes)), Vector512.Load(first + (3 * lanes)));
        }

        if (second != null)
        {
            s0 += Vector512.Load(second);
            s1 += Vector512.Load(second + lanes);
            s2 += Vector512.Load(second + (2 * lanes));
            s3 += Vector512.Load(second + (3 * lanes));
        }

        for (var slot = 0; slot < chosen.Length; slot++)
        {
            if (chosen[slot] < 0)
            {
                continue;
            }

            var row = rows + (chosen[slot] * rowStride);
            var v0 = Stored.Load<T, TStored>(row, lanes);
            var v1 = Stored.Load<T, TStored>(row + lanes, lanes);
            var v2 = Stored.Load<T, TStored>(row + (2 * lanes), lanes);
            var v3 = Stored.Load<T, TStored>(row + (3 * lanes), lanes);
            if (weight == null)
            {
                (s0, s1, s2, s3) = (s0 + v0, s1 + v1, s2 + v2, s3 + v3);
                continue;
            }

            var factor = Vector512.Create(weight[slot]);
            (s0, s1, s2, s3) = (Simd.Fma(v0, factor, s0), Simd.Fma(v1, factor, s1), Simd.Fma(v2, factor, s2), Simd.Fma(v3, factor, s3));
        }

        s0.Store(y);
        s1.Store(y + lanes);
        s2.Store(y + (2 * lanes));
        s3.Store(y + (3 * lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumVector<T, TStored>(
        TStored* rows, nint rowStride, ReadOnlySpan<int> chosen, T* weight, T* y, T* first, T* second, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TStored : unmanaged
    {
        var sum = first == null ? default : Simd.Load(first, count);
        sum = second == null ? sum : sum + Simd.Load(second, count);
        for (var slot = 0; slot < chosen.Length; slot++)
        {
            if (chosen[slot] >= 0)
            {
                var value = Stored.Load<T, TStored>(rows + (chosen[slot] * rowStride), count);
                sum = weight == null ? sum + value : Simd.Fma(value, Vector512.Create(weight[slot]), sum);
            }
        }

        Simd.Store(sum, y, count);
    }
}
