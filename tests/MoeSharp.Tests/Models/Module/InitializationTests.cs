using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>A stack of experts is one parameter: that each of its slices is drawn, and is N(0, 0.02), is what initialisers of packed experts got wrong.</summary>
public class InitializationTests
{
    [Fact]
    public void EveryExpertIsDrawnForItself()
    {
        using var scope = NewDisposeScope();
        using var layer = new FreshExperts();
        var matrices = layer.state_dict().Where(entry => entry.Key.StartsWith("experts.", StringComparison.Ordinal)).ToList();
        Assert.Equal(16 * 3, matrices.Count);
        foreach (var (name, matrix) in matrices)
        {
            // A matrix has 24 · 32 = 768 numbers. Of as many from N(0, σ) the mean has a standard deviation of σ/√768, the standard deviation one of about
            // σ/√(2·768): of 48 matrices none is six of them away.
            const double Sigma = 0.02;
            Assert.Equal(768, matrix.numel());
            var values = matrix.to(ScalarType.Float64).contiguous().data<double>().ToArray();
            Assert.InRange(values.Average() / Sigma * Math.Sqrt(768), -6, 6);
            var deviation = Math.Sqrt(values.Select(value => value * value).Average());
            Assert.InRange(((deviation / Sigma) - 1) * Math.Sqrt(2 * 768), -6, 6);
        }

        // And no two are the same.
        Assert.Equal(matrices.Count, matrices.Select(entry => entry.Value[0, 0].item<float>()).Distinct().Count());
    }
}

/// <summary>Sixteen experts of some size.</summary>
[Experts(16, Active = 2, Dim = 32, Hidden = 24)]
public partial class FreshExperts;
