namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>The generator in an editor: a project of ten models is edited, one of a hundred is opened.</summary>
internal static class GeneratorWork
{
    private const int Edits = 15;

    /// <summary>The three rows.</summary>
    public static void Measure(Machine machine, Table table)
    {
        // First, while nothing is compiled: that is what opening a project is.
        var hundred = new GeneratorRun(100).Cold();
        var second = new GeneratorRun(100).Cold();
        var empty = Child.Start(Child.SearchAlone);
        var ten = new GeneratorRun(10);
        var search = new GeneratorRun(10, new SearchAlone());
        ten.Cold();
        search.Cold();
        for (var warm = 0; warm < Edits; warm++)
        {
            ten.AfterAnEdit();
            ten.AfterADeclaration();
            search.AfterAnEdit();
        }

        var turns = Turns.Take(
            Edits,
            ("edit", ten.AfterAnEdit),
            ("declaration", ten.AfterADeclaration),
            ("search", search.AfterAnEdit),
            ("dense", () => machine.DensePair("float32")));
        var dense = turns.Median("dense");
        table.Add(new Goal("generator: an edit that changes no declaration, 10 models", "–", 1e3 * turns.Median("edit"), 1, "ms", turns.Ratio("edit", "dense"))
        {
            Note = Text($"an empty generator that searches by attribute: {1e3 * turns.Median("search"):0.##} ms"),
        });
        table.Add(new Goal("generator: an edit of one declaration, 10 models", "–", 1e3 * turns.Median("declaration"), 50, "ms", turns.Ratio("declaration", "dense")));
        table.Add(new Goal("generator: 100 models cold", "–", 1e3 * hundred, 2000, "ms", hundred / dense)
        {
            Note = "the first run of the process, compiling the generator and the compiler themselves included; "
                + Text($"a second project in it: {1e3 * second:0} ms; an empty generator that searches by attribute, in a new process: {1e3 * empty:0} ms"),
        });
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
