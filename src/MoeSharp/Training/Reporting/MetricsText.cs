using System.Globalization;
using MoeSharp.Modules;

namespace MoeSharp.Training;

/// <summary>
/// A step's metrics as a line of fixed columns: what the optimiser sees, and after it what the gates do, all layers in one figure each (the worst layer's
/// MaxVio, dead experts of all layers, the dropped part of all pairs, the balance losses with their weights summed). <see cref="LayerTable"/> and <c>metrics.jsonl</c> have every layer.
/// </summary>
internal static class MetricsText
{
    /// <summary>The names of the columns.</summary>
    public static string Header { get; } = Columns("step", "loss", "lr", "grad_norm", "tok/s", "memory", "maxvio");

    /// <summary>The names of the columns beyond those of <see cref="Header"/>, for who has room for them.</summary>
    public static string RoutingHeader { get; } = RoutingColumns("dead", "dropped", "balance");

    /// <summary>One step.</summary>
    public static string Line(StepMetrics metrics) => Columns(
        metrics.Step.ToString(CultureInfo.InvariantCulture),
        metrics.Loss.ToString("F4", CultureInfo.InvariantCulture),
        metrics.LearningRate.ToString("0.00e-0", CultureInfo.InvariantCulture),
        metrics.GradientNorm.ToString("F3", CultureInfo.InvariantCulture),
        metrics.TokensPerSecond.ToString("F0", CultureInfo.InvariantCulture),
        ModelCard.Bytes(metrics.MemoryBytes),
        metrics.MaxVio.ToString("F2", CultureInfo.InvariantCulture));

    /// <summary>One step's columns under <see cref="RoutingHeader"/>.</summary>
    public static string RoutingLine(StepMetrics metrics) => RoutingColumns(
        metrics.DeadExperts.ToString(CultureInfo.InvariantCulture),
        (100 * metrics.DroppedShare).ToString("F2", CultureInfo.InvariantCulture) + "%",
        metrics.BalanceLoss.ToString("0.00e-0", CultureInfo.InvariantCulture));

    /// <summary>One validation.</summary>
    public static string Validation(int step, double bitsPerByte) =>
        string.Create(CultureInfo.InvariantCulture, $"{step,6} validation {bitsPerByte:F4} bits per byte");

    private static string Columns(string step, string loss, string rate, string norm, string speed, string memory, string violation) =>
        $"{step,6} {loss,8} {rate,8} {norm,9} {speed,8} {memory,8} {violation,7}";

    private static string RoutingColumns(string dead, string dropped, string balance) => $" {dead,5} {dropped,7} {balance,8}";
}
