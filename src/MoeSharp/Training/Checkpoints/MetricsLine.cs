using System.Text.Json;

namespace MoeSharp.Training;

/// <summary>The lines of <c>metrics.jsonl</c>.</summary>
internal static class MetricsLine
{
    /// <summary>A step's line.</summary>
    public static void Write(Utf8JsonWriter line, StepMetrics metrics)
    {
        line.WriteNumber("step", metrics.Step);
        line.WriteNumber("loss", metrics.Loss);
        line.WriteNumber("balance_loss", metrics.BalanceLoss);
        line.WriteNumber("lr", metrics.LearningRate);
        line.WriteNumber("grad_norm", metrics.GradientNorm);
        line.WriteNumber("tokens_per_second", Math.Round(metrics.TokensPerSecond, 1));
        line.WriteNumber("memory_bytes", metrics.MemoryBytes);
        line.WriteNumber("max_vio", metrics.MaxVio);
        line.WriteStartArray("max_vio_per_layer");
        foreach (var violation in metrics.LayerMaxVio)
        {
            line.WriteNumberValue(violation);
        }

        line.WriteEndArray();
        line.WriteNumber("seconds", Math.Round(metrics.Seconds, 3));
    }

    /// <summary>A validation's line.</summary>
    public static void WriteValidation(Utf8JsonWriter line, int step, double nats, double bits, double seconds)
    {
        line.WriteNumber("step", step);
        line.WriteNumber("validation_loss", nats);
        line.WriteNumber("validation_bits_per_byte", bits);
        line.WriteNumber("seconds", Math.Round(seconds, 3));
    }
}
