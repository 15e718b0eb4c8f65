using System.Globalization;

namespace MoeSharp.Benchmarks.SideBySide;

/// <summary>A row of the table: what was measured, against what, and the goal.</summary>
/// <param name="Work">What was done.</param>
/// <param name="Against">What it is compared with.</param>
/// <param name="Measured">The figure.</param>
/// <param name="Limit">The goal; null where there is none.</param>
/// <param name="Unit">×, % or ms.</param>
/// <param name="Dense">
/// The time by that of the machine's dense rate, two concurrent single-threaded products of 2048 × 2048 × 1024: of as many FLOPs where the work is
/// counted in FLOPs, of one such pair where it is not.
/// </param>
internal sealed record Goal(string Work, string Against, double Measured, double? Limit, string Unit, double Dense)
{
    /// <summary>Whether more is better: a speed-up, not a share.</summary>
    public bool AtLeast { get; init; }

    /// <summary>What else the reader should know: absolute figures, which thread count won.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether the goal is met; null where there is none.</summary>
    public bool? Met => Limit is { } limit ? AtLeast ? Measured >= limit : Measured <= limit : null;

    /// <summary>The figure with its unit.</summary>
    public string Figure => Text(Measured);

    /// <summary>The goal with its sign.</summary>
    public string Bound => Limit is { } limit ? $"{(AtLeast ? "≥" : "≤")} {Text(limit)}" : "–";

    /// <summary>Whether it is met, in words.</summary>
    public string Verdict => Met switch { true => "met", false => "not met", null => "–" };

    /// <summary>The ratio to the dense rate.</summary>
    public string DenseFigure => string.Create(CultureInfo.InvariantCulture, $"{Dense:G3}");

    private string Text(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {Unit}");
}
