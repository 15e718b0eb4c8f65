using System.Text.Json;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>What a step's line of <c>metrics.jsonl</c> says of the gates: an array with a number a sparse layer for each figure, and for some the total.</summary>
internal static class RoutingFields
{
    private static readonly (string Name, Func<ExpertLoad, double> Of)[] s_figures =
    [
        ("max_vio_per_layer", load => load.MaxVio),
        ("least_share_per_layer", load => load.LeastShare),
        ("dead_experts_per_layer", load => load.DeadExperts),
        ("router_entropy_per_layer", load => load.Entropy),
        ("dropped_per_layer", load => load.Dropped),
        ("dropped_share_per_layer", load => load.DroppedShare),
    ];

    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter line, StepMetrics metrics)
    {
        line.WriteNumber("max_vio", metrics.MaxVio);
        line.WriteNumber("dead_experts", metrics.DeadExperts);
        line.WriteNumber("dropped", metrics.Dropped);
        line.WriteNumber("dropped_share", metrics.DroppedShare);
        foreach (var (name, of) in s_figures)
        {
            WriteArray(line, name, metrics.Layers.Select(of));
        }

        // By name: before their weights, which config.json has.
        line.WriteStartObject("balance_losses_per_layer");
        foreach (var name in metrics.Layers.SelectMany(layer => layer.Losses).Select(loss => loss.Name).Distinct())
        {
            WriteArray(line, name, metrics.Layers.Select(layer => layer.Losses.Where(loss => loss.Name == name).Select(loss => loss.Value).DefaultIfEmpty(double.NaN).First()));
        }

        line.WriteEndObject();
    }

    /// <summary>JSON has no NaN: what there is no figure for is null.</summary>
    private static void WriteArray(Utf8JsonWriter line, string name, IEnumerable<double> values)
    {
        line.WriteStartArray(name);
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                line.WriteNumberValue(value);
            }
            else
            {
                line.WriteNullValue();
            }
        }

        line.WriteEndArray();
    }
}
