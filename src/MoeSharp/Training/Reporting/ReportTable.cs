using Spectre.Console;

namespace MoeSharp.Training;

/// <summary>A small table: the first column to the left, numbers to the right.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The names of the columns.</param>
/// <param name="Rows">The cells, row by row.</param>
internal sealed record ReportTable(string Title, string[] Columns, IReadOnlyList<string[]> Rows)
{
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

    private void WriteText(TextWriter output)
    {
        int[] widths = [.. Columns.Select((name, column) => Rows.Select(row => row[column].Length).Append(name.Length).Max())];
        output.WriteLine(Title);
        foreach (var row in Rows.Prepend(Columns))
        {
            output.WriteLine("  " + string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))).TrimEnd());
        }

        output.WriteLine();
    }
}
