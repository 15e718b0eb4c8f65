using MoeSharp.Modules;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>Comparisons by norm, <c>‖a − b‖ / ‖b‖</c> in float64.</summary>
internal static class Compare
{
    /// <summary>Float64: 1e-6 is asked for; rounding of sums of a few dozen terms is far below 1e-10.</summary>
    public const double Double = 1e-10;

    /// <summary>Float32: rounding is 6e-8 an operation, and there are some hundred in a row.</summary>
    public const double Single = 1e-4;

    public static double Tolerance(ScalarType type) => type == ScalarType.Float64 ? Double : Single;

    /// <summary>The relative distance; where <paramref name="expected"/> is zero, the length of <paramref name="actual"/>.</summary>
    public static double Distance(Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        using var scope = NewDisposeScope();
        var (a, b) = (actual.detach().to(ScalarType.Float64), expected.detach().to(ScalarType.Float64));
        var (distance, length) = (Length(a - b), Length(b));
        return length == 0 ? Length(a) : distance / length;
    }

    public static void Near(Tensor actual, Tensor expected, double tolerance, string what)
    {
        var distance = Distance(actual, expected);
        Assert.True(distance <= tolerance, $"{what}: ‖a − b‖/‖b‖ is {distance:e2}, more than {tolerance:e0}.");
    }

    /// <summary>Every tensor of the state dictionary, taken out of the packed gradients, against the reference's leaf of that name.</summary>
    public static void Gradients(FlatModule module, Func<string, Tensor> gradientOf, IReadOnlyDictionary<string, Tensor> leaves, double tolerance)
    {
        using var scope = NewDisposeScope();
        foreach (var info in module.Parameters.Layout)
        {
            var flat = gradientOf(info.Name).detach().contiguous().view(-1);
            foreach (var entry in info.State)
            {
                var mine = flat.narrow(0, entry.Offset, entry.Shape.Aggregate(1L, (product, size) => product * size)).view([.. entry.Shape]);
                var leaf = leaves[entry.Name];
                Near(mine, leaf.grad ?? zeros_like(leaf), tolerance, "gradient of " + entry.Name);
            }
        }
    }

    private static double Length(Tensor x) => (x * x).sum().sqrt().item<double>();
}
