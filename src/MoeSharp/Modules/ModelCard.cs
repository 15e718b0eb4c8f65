using System.Globalization;
using System.Text;

namespace MoeSharp.Modules;

/// <summary>A model's size and cost, counted by the generator at build time.</summary>
public sealed record ModelCard
{
    /// <summary>The class's name.</summary>
    public required string Name { get; init; }

    /// <summary>What fine-grained segmentation made of the declared experts, in words; null where none is declared.</summary>
    public string? Experts { get; init; }

    /// <summary>Parameters, the balance biases included.</summary>
    public required long Parameters { get; init; }

    /// <summary>Parameters that a token meets: its active and shared experts only; embedding and head included.</summary>
    public required long ActiveParameters { get; init; }

    /// <summary>Floating-point operations of forward and backward for one token at full context: 6 a weight it meets in a product, and attention's. What is recomputed counts once.</summary>
    public required long FlopsPerToken { get; init; }

    /// <summary>Bytes of the weights in fp32.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Bytes of the gradients in fp32.</summary>
    public required long GradientBytes { get; init; }

    /// <summary>Bytes of the optimiser's two moments in fp32.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Bytes of the arena of one compiled step in fp32, for the declared micro-batch; for a layer, of one token.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>One line for a program's start.</summary>
    public string Headline => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Count(Parameters)} parameters, {Count(ActiveParameters)} active; {Count(FlopsPerToken)} FLOPs a token; {Bytes(WeightBytes + GradientBytes + OptimizerBytes)} of weights, gradients and optimiser, {Bytes(ActivationBytes)} of activations");

    /// <summary>The whole card, a line a figure.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line("parameters", Parameters.ToString("N0", CultureInfo.InvariantCulture));
        Line("active", ActiveParameters.ToString("N0", CultureInfo.InvariantCulture));
        Line("FLOPs a token", FlopsPerToken.ToString("N0", CultureInfo.InvariantCulture));
        Line("weights", Bytes(WeightBytes));
        Line("gradients", Bytes(GradientBytes));
        Line("optimiser", Bytes(OptimizerBytes));
        Line("activations", Bytes(ActivationBytes));
        if (Experts is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Experts}\n");
        }

        return text.ToString();

        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-14} {value,20}\n");
    }

    private static string Count(long value) => value switch
    {
        >= 1_000_000_000 => (value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " G",
        >= 1_000_000 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " M",
        >= 1_000 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Bytes for people, in powers of ten: 1.4 GB.</summary>
    internal static string Bytes(long value) => value switch
    {
        >= 1_000_000_000 => (value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB",
        >= 100_000 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
        _ => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
    };
}
