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
        var ten = new GeneratorRun(10);
        ten.Cold();
        for (var warm = 0; warm < Edits; warm++)
        {
            ten.AfterAnEdit();
            ten.AfterADeclaration();
        }

        var turns = Turns.Take(
            Edits,
            ("edit", ten.AfterAnEdit),
            ("declaration", ten.AfterADeclaration),
            ("dense", () => machine.DensePair("float32")));
        var dense = turns.Median("dense");
        table.Add(new Goal("generator: an edit that changes no declaration, 10 models", "–", 1e3 * turns.Median("edit"), 1, "ms", turns.Ratio("edit", "dense")));
        table.Add(new Goal("generator: an edit of one declaration, 10 models", "–", 1e3 * turns.Median("declaration"), 50, "ms", turns.Ratio("declaration", "dense")));
        table.Add(new Goal("generator: 100 models cold", "–", 1e3 * hundred, 2000, "ms", hundred / dense) { Note = "the first run of the process, compiling the generator itself included" });
    }
}
