namespace MoeSharp.Runtime;

/// <summary>The gradient of a weight that every expert has its own of.</summary>
public static class ExpertsGradient
{
    // A product in float has its rate with few rows of the result; one in bfloat16 is soon done with them, lays out its right operand anew each time, and wants
    // them all.
    private const int RowsInFloat = 256;
    private const int RowsInBFloat16 = 2048;

    /// <summary>
    /// gradient[e] = leftᵀ·right over the rows of expert e, for some experts side by side, or added to it: a sum runs over all of an expert's tokens in
    /// one order. An expert without tokens has a gradient of zero.
    /// </summary>
    /// <param name="workers">The threads.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="experts">Which experts.</param>
    /// <param name="left">[plan.Rows or more, m].</param>
    /// <param name="right">[plan.Rows or more, n].</param>
    /// <param name="gradient">[N · m, n].</param>
    /// <param name="accumulate">Adds to the gradient rather than overwriting it.</param>
    /// <param name="soon">What the calling thread reads next: the last product asks for it.</param>
    /// <typeparam name="T">The type of the rows, and of the product.</typeparam>
    /// <typeparam name="TGradient">The type of the gradient.</typeparam>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Compute<T, TGradient>(
        Workers workers, DispatchPlan plan, ExpertRange experts, Matrix<T> left, Matrix<T> right, Matrix<TGradient> gradient, bool accumulate,
        RowsSoon soon = default)
        where T : unmanaged
        where TGradient : unmanaged
    {
        ArgumentNullException.ThrowIfNull(workers);
        Require.Shape("ExpertsGradient.Compute", gradient, plan.ExpertCount * left.Columns, right.Columns);
        var most = typeof(T) == typeof(BFloat16) ? RowsInBFloat16 : RowsInFloat;
        var height = left.Columns;
        var cuts = (height + most - 1) / most;
        var tasks = experts.Count * cuts;
        workers.Run(tasks, task =>
        {
            var (expert, first) = (experts.First + (task / cuts), task % cuts * most);
            var rows = Math.Min(most, height - first);
            Gemm<T>.Multiply(
                experts.RowsOf(left, plan, expert).ColumnRange(first, rows).Transposed,
                experts.RowsOf(right, plan, expert),
                gradient.RowRange((expert * height) + first, rows),
                accumulate,
                task == tasks - 1 ? soon : default);
        });
    }
}
