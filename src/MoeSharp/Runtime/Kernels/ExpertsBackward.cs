namespace MoeSharp.Runtime;

/// <summary>In which order the rows of all experts, and the gradients of their weights, are computed.</summary>
public static class ExpertsBackward
{
    // An expert has at most a quarter of what a thread is to do: a larger one, left to one thread, would keep the others waiting.
    private const int TasksPerThread = 4;

    /// <summary>
    /// Calls <paramref name="rows"/> for every block, and <paramref name="gradients"/> for the experts whose blocks are done. Where no expert has more rows
    /// than a quarter of a thread's share of all, an expert is one task: its rows are still in cache when its weights' gradients read them, and the thread's
    /// next expert takes the same places in working memory. Only the last expert of each thread's share is left to whoever is free. Otherwise all blocks
    /// come first, side by side, then the gradients. The results are the same, bit for bit: neither reads what another expert's wrote.
    /// </summary>
    /// <param name="workers">The threads.</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="rows">
    /// Computes some rows of an expert, on the calling thread. What only the gradients read lies at the block's <see cref="ExpertBlock.Place"/>, in memory
    /// for as many rows as the plan has; what is needed later at <see cref="ExpertBlock.First"/>.
    /// </param>
    /// <param name="gradients">Computes the gradients of some experts' weights, all rows of which are there: see <see cref="ExpertRange.RowsOf"/>.</param>
    public static void Run(Workers workers, DispatchPlan plan, Action<ExpertBlock> rows, Action<ExpertRange> gradients)
    {
        ArgumentNullException.ThrowIfNull(workers);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(gradients);
        var (threads, most) = (workers.Count, MostRows(plan));
        if ((long)most * TasksPerThread * threads > plan.Rows)
        {
            workers.Run(plan.Blocks.Count, block => rows(plan.Blocks[block]));
            gradients(new ExpertRange(0, plan.ExpertCount));
            return;
        }

        SideBySide(workers, threads, plan, most, rows, gradients);
    }

    // An expert is one task, but for the last of each thread's share: its blocks are tasks of their own, towards the end of what a thread takes first. Whoever is
    // done early takes one of those, and nobody waits for a whole expert. The gradients of these few experts follow, one a thread.
    // Working memory has a place for the largest expert for each thread, and behind these one for each of the last experts: half of a plan's rows at most, as
    // an expert has at most a quarter of a thread's share.
    private static void SideBySide(
        Workers workers, int threads, DispatchPlan plan, int most, Action<ExpertBlock> rows, Action<ExpertRange> gradients)
    {
        var shares = Math.Min(threads, plan.ExpertCount);
        var tasks = new List<(int Expert, ExpertBlock? Block)>(plan.ExpertCount + plan.Blocks.Count);
        var last = new int[shares];
        for (int share = 0, expert = 0; share < shares; share++, expert++)
        {
            last[share] = (int)((long)plan.ExpertCount * (share + 1) / shares) - 1;
            for (; expert < last[share]; expert++)
            {
                tasks.Add((expert, null));
            }

            foreach (var block in plan.BlocksOf(expert))
            {
                tasks.Add((expert, At((threads + share) * most, block)));
            }
        }

        workers.Run(tasks.Count, threads, (task, seat) =>
        {
            var (expert, part) = tasks[task];
            if (part is { } one)
            {
                rows(one);
                return;
            }

            foreach (var block in plan.BlocksOf(expert))
            {
                rows(At(seat * most, block));
            }

            gradients(new ExpertRange(expert, 1) { Place = seat * most });
        });
        workers.Run(shares, share => gradients(new ExpertRange(last[share], 1) { Place = (threads + share) * most }));

        ExpertBlock At(int place, ExpertBlock block) => block with { Place = place + block.First - plan.Offsets[block.Expert] };
    }

    private static int MostRows(DispatchPlan plan)
    {
        var most = 0;
        for (var expert = 0; expert < plan.ExpertCount; expert++)
        {
            most = Math.Max(most, plan.Offsets[expert + 1] - plan.Offsets[expert]);
        }

        return most;
    }
}

/// <summary>Some experts that follow each other.</summary>
/// <param name="First">The first.</param>
/// <param name="Count">How many.</param>
public readonly record struct ExpertRange(int First, int Count)
{
    /// <summary>Where the rows of a single expert lie in working memory, if not as in the sorted order.</summary>
    public int? Place { get; init; }

    /// <summary>An expert's rows in working memory.</summary>
    /// <param name="rows">[plan.Rows or more, any number].</param>
    /// <param name="plan">The sorted pairs.</param>
    /// <param name="expert">One of the range.</param>
    public Matrix<T> RowsOf<T>(Matrix<T> rows, DispatchPlan plan, int expert)
        where T : unmanaged => Place is { } place ? rows.RowRange(place, plan.Offsets[expert + 1] - plan.Offsets[expert]) : plan.RowsOf(rows, expert);
}
