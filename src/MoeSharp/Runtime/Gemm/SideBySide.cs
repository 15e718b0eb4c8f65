namespace MoeSharp.Runtime;

/// <summary>Two lists of tasks in one run, with one wait for both.</summary>
internal static class SideBySide
{
    /// <summary>
    /// Runs both. The lists are laced evenly: where both go along the same rows, a thread that takes tasks of one after the other meets a row in both while
    /// it is in cache.
    /// </summary>
    public static void Run(Workers workers, int firstCount, Action<int> first, int secondCount, Action<int> second)
    {
        var all = firstCount + secondCount;
        workers.Run(all, task =>
        {
            // How many of the first list come before.
            var before = (int)((long)task * firstCount / all);
            if ((long)(task + 1) * firstCount / all > before)
            {
                first(before);
            }
            else
            {
                second(task - before);
            }
        });
    }
}
