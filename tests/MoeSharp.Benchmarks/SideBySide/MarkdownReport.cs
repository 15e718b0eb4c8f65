using System.Text;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>The table as Markdown.</summary>
internal static class MarkdownReport
{
    /// <summary>Writes it.</summary>
    /// <param name="table">What was found.</param>
    /// <param name="conditions">The machine and the run, in a sentence.</param>
    public static string Write(Table table, string conditions)
    {
        var text = new StringBuilder();
        text.Append("| work | against | goal | measured | | × dense | |\n");
        text.Append("|---|---|---|---|---|---|---|\n");
        foreach (var goal in table.Goals)
        {
            text.Append($"| {goal.Work} | {goal.Against} | {goal.Bound} | {goal.Figure} | {(goal.Met == false ? $"**{goal.Verdict}**" : goal.Verdict)} | {goal.DenseFigure} | {goal.Note} |\n");
        }

        text.Append($"\n{conditions}\n");
        return text.ToString();
    }
}
