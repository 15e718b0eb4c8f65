using Spectre.Console;

namespace MoeSharp.Training;

/// <summary>A small table: the first column to the left, numbers to the right.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The names of the columns.</param>
/// <param name="Rows">The cells, row by row.</param>
internal sealed record ReportTable(string Title, string[] Columns, IReadOnlyList<string[]> Rows)
{
    private const int Gap = 2;

    /// <summary>Writes it: drawn for a terminal, aligned text otherwise.</summary>
    /// <param name="output">Where to; null is the console.</param>
    public void Write(TextWriter? output)
    {
        if (output is null && ProgressDisplay.IsTerminal)
        {
            Draw(AnsiConsole.Console);
        }
        else
        {
            WriteText(output ?? Console.Out);
        }
    }

    private void Draw(IAnsiConsole console)
    {
        var table = new Table().Title(Markup.Escape(Title)).Border(TableBorder.Rounded);
        foreach (var (index, name) in Columns.Index())
        {
            var column = new TableColumn(Markup.Escape(name));
            table.AddColumn(index == 0 ? column : column.RightAligned());
        }

        foreach (var row in Rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        console.Write(table);
    }

    /// <summary>The columns as aligned lines, without the title. Columns that do not fit a line begin anew below it, beside the first column.</summary>
    /// <param name="width">The longest line.</param>
    public IEnumerable<string> Lines(int width = int.MaxValue)
    {
        int[] widths = [.. Columns.Select((name, column) => Rows.Select(row => row[column].Length).Append(name.Length).Max() + Gap)];
        for (int first = 1, end; first < Columns.Length; first = end)
        {
            end = first + 1;
            for (var used = widths[0] + widths[first]; end < Columns.Length && used + widths[end] <= width; end++)
            {
                used += widths[end];
            }

            foreach (var row in Rows.Prepend(Columns))
            {
                var cells = Enumerable.Range(first, end - first).Select(column => row[column].PadLeft(widths[column]));
                yield return new string(' ', Gap) + row[0].PadRight(widths[0] - Gap) + string.Concat(cells);
            }
        }
    }

    private void WriteText(TextWriter output)
    {
        output.WriteLine(Title);
        foreach (var line in Lines())
        {
            output.WriteLine(line);
        }

        output.WriteLine();
    }
}
