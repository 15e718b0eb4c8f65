namespace MoeSharp.Runtime;

/// <summary>Two lists of tasks in one run, with one wait for both.</summary>
internal static class SideBySide
{
    /// <summary>
    /// Runs both. The lists are laced evenly: where both go along the same rows, a thread that takes tasks of one after the other meets a row in both while
    /// it is in cache. Of each such pair the first list's comes first, so that all of that list are done some time before the end.
    /// </summary>
    /// <param name="workers">Who works.</param>
    /// <param name="firstCount">Tasks of the first list.</param>
    /// <param name="first">Does one of them.</param>
    /// <param name="secondCount">Tasks of the second.</param>
    /// <param name="second">Does one of them.</param>
    /// <param name="rest">What a thread turns to when no task is left to begin, perhaps several at a time; for the last of them all tasks are done.</param>
    public static void Run(Workers workers, int firstCount, Action<int> first, int secondCount, Action<int> second, Action? rest = null)
    {
        var all = firstCount + secondCount;
        workers.Run(
            all,
            int.MaxValue,
            (task, _) =>
            {
                // How many of the first list come before.
                var before = Before(task);
                if (Before(task + 1) > before)
                {
                    first(before);
                }
                else
                {
                    second(task - before);
                }
            },
            rest);

        int Before(int task) => (int)((((long)task * firstCount) + all - 1) / all);
    }
}
