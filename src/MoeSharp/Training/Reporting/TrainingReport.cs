using System.Globalization;
using MoeSharp.Data;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>What is said at the end of a run: how good the model is beside models without training, how its experts are used, and how it writes.</summary>
internal static class TrainingReport
{
    private const int SampleBytes = 500;
    private const double SampleTemperature = 0.8;

    /// <summary>Writes all of it.</summary>
    /// <param name="model">The trained model.</param>
    /// <param name="corpus">The text it was trained on.</param>
    /// <param name="result">How the run ended.</param>
    /// <param name="output">Where to; null is the console.</param>
    public static void Write(TransformerModule model, TextCorpus corpus, TrainingResult result, TextWriter? output)
    {
        var writer = output ?? Console.Out;
        writer.WriteLine();
        if (result.BitsPerByte is { } bits)
        {
            Quality(model.Description.Name, bits, corpus).Write(output);
        }

        if (result.Load.Layers.Any())
        {
            Load(result.Load).Write(output);
        }

        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{SampleBytes} bytes at temperature {SampleTemperature}"));
        writer.WriteLine(Sample(model, "\n", SampleBytes, SampleTemperature, result.Seed));
        writer.WriteLine();
    }

    /// <summary>
    /// The model's continuation of a prompt, without the prompt. Control characters, which a model that has learned little writes and a terminal would obey,
    /// become U+FFFD.
    /// </summary>
    public static string Sample(TransformerModule model, string prompt, int bytes, double temperature, int seed)
    {
        var text = ByteTokenizer.Decode<int>([.. model.Generate(ByteTokenizer.Encode(prompt), bytes, temperature, new Random(seed))]);
        return string.Create(text.Length, text, static (shown, text) =>
        {
            for (var i = 0; i < shown.Length; i++)
            {
                shown[i] = char.IsControl(text[i]) && text[i] is not ('\n' or '\t') ? '\uFFFD' : text[i];
            }
        });
    }

    private static ReportTable Quality(string name, double bits, TextCorpus corpus)
    {
        var baselines = Baselines.Of(corpus);
        var rows = new List<(string Name, double Bits)> { (name, bits), ("gzip -9", baselines.Gzip) };
        rows.AddRange(baselines.WittenBell.Select((value, order) => ($"Witten-Bell, order {order}", value)));
        return new ReportTable(
            string.Create(CultureInfo.InvariantCulture, $"Validation text of {corpus.Validation.Length} bytes"),
            ["model", "bits per byte"],
            [.. rows.OrderBy(row => row.Bits).Select(row => new[] { row.Name, row.Bits.ToString("F4", CultureInfo.InvariantCulture) })]);
    }

    /// <summary>What was dropped is a column only where something was.</summary>
    private static ReportTable Load(ExpertTotals totals)
    {
        var drops = totals.Layers.Any(layer => totals.Dropped(layer.Layer) > 0);
        return new(
            string.Create(CultureInfo.InvariantCulture, $"Expert load over the last {totals.Steps} steps"),
            ["layer", "experts", "least share", "largest share", "MaxVio", "dead", .. drops ? ["dropped"] : Array.Empty<string>()],
            [.. totals.Layers.Select(layer => LoadRow(layer.Layer, layer.Counts, drops ? totals.Dropped(layer.Layer) : null))]);
    }

    private static string[] LoadRow(int layer, IReadOnlyList<long> counts, long? dropped)
    {
        double sum = Math.Max(1, counts.Sum());
        return
        [
            layer.ToString(CultureInfo.InvariantCulture),
            counts.Count.ToString(CultureInfo.InvariantCulture),
            (counts.Min() / sum).ToString("P2", CultureInfo.InvariantCulture),
            (counts.Max() / sum).ToString("P2", CultureInfo.InvariantCulture),
            ((counts.Max() * counts.Count / sum) - 1).ToString("F3", CultureInfo.InvariantCulture),
            counts.Count(count => count == 0).ToString(CultureInfo.InvariantCulture),
            .. dropped is { } pairs ? [(pairs / sum).ToString("P2", CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        ];
    }
}
