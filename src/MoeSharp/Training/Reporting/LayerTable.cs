using System.Globalization;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>What each layer's gate did in a step, as a table below the step's line: the figures of <c>metrics.jsonl</c>, a row a layer.</summary>
internal static class LayerTable
{
    /// <summary>The table's lines; none for a dense model. A line is no longer than <paramref name="width"/> where a figure beside the layer is not.</summary>
    public static IEnumerable<string> LinesOf(StepMetrics metrics, int width = int.MaxValue) => metrics.Layers.Count == 0 ? [] : Of(metrics).Lines(width);

    private static ReportTable Of(StepMetrics metrics)
    {
        // By name: before their weights, and a layer may have one that another has not.
        string[] losses = [.. metrics.Layers.SelectMany(layer => layer.Losses).Select(loss => loss.Name).Distinct()];
        return new(
            string.Empty,
            ["layer", "MaxVio", "least", "dead", "entropy", "dropped", .. losses],
            [.. metrics.Layers.Select(layer => Row(layer, losses))]);
    }

    private static string[] Row(ExpertLoad layer, string[] losses) =>
    [
        layer.Layer.ToString(CultureInfo.InvariantCulture),
        Number(layer.MaxVio, "F3"),
        Number(layer.LeastShare, "P2"),
        layer.DeadExperts.ToString(CultureInfo.InvariantCulture),
        Number(layer.Entropy, "F3"),
        layer.Dropped.ToString(CultureInfo.InvariantCulture),
        .. losses.Select(name => Number(layer.Losses.Where(loss => loss.Name == name).Select(loss => loss.Value).DefaultIfEmpty(double.NaN).First(), "G4")),
    ];

    /// <summary>A gate that saw no token has no figures.</summary>
    private static string Number(double value, string format) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);
}
