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
        RoutingFields.Write(line, metrics);
        line.WriteNumber("seconds", Math.Round(metrics.Seconds, 3));
    }

    /// <summary>The bytes of a log up to the first line of a later step, or up to what is no whole line.</summary>
    /// <param name="log">What <c>metrics.jsonl</c> holds.</param>
    /// <param name="step">The last step to keep.</param>
    public static int LengthUpTo(ReadOnlySpan<byte> log, int step)
    {
        var kept = 0;
        while (log[kept..].IndexOf((byte)'\n') is var length and >= 0)
        {
            if (StepOf(log.Slice(kept, length)) > step)
            {
                break;
            }

            kept += length + 1;
        }

        return kept;
    }

    private static int? StepOf(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            return JsonElement.TryParseValue(ref reader, out var parsed) && parsed is { ValueKind: JsonValueKind.Object } found
                && found.TryGetProperty("step", out var step) && step.TryGetInt32(out var number) ? number : null;
        }
        catch (JsonException)
        {
            return null; // not ours: whoever wrote it keeps it
        }
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
