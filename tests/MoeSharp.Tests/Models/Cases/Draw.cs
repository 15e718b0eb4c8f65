using MoeSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>Numbers for the tests: drawn in float32, so that a float64 module has exactly those of a float32 one.</summary>
internal static class Draw
{
    /// <summary>Choices must be at least this far from turning over: rounding in float32 is 1e-7, a central difference moves a weight by 1e-5.</summary>
    public const double Margin = 1e-3;

    /// <summary>N(0, scale) in a type.</summary>
    public static Tensor Normal(ulong seed, double scale, ScalarType type, params long[] shape)
    {
        using var generator = new Generator(seed, CPU);
        return (randn(shape, dtype: ScalarType.Float32, generator: generator) * (float)scale).to(type);
    }

    /// <summary>Fills a module: routers wide enough that scores lie apart, norms around 1, biases that change choices.</summary>
    public static void Fill(FlatModule module, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        foreach (var (name, tensor) in module.state_dict())
        {
            var isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
            var scale = name.EndsWith("correction_bias", StringComparison.Ordinal) ? 0.2 : isNorm ? 0.1 : name.EndsWith("gate.weight", StringComparison.Ordinal) ? 0.7 : 0.4;
            var values = Normal(seed++, scale, ScalarType.Float32, tensor.shape);
            tensor.copy_(isNorm ? values + 1f : values);
        }
    }

    /// <summary>The state of a module as leaves of their own in float64, which the reference computes with.</summary>
    public static Dictionary<string, Tensor> Leaves(FlatModule module) =>
        module.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().to(ScalarType.Float64, copy: true).requires_grad_(true));
}
