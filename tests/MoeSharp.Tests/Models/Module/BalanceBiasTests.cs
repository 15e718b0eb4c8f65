using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary><c>b_i += γ·sign(mean(c) − c_i)</c>, once for each <c>UpdateBalance</c>.</summary>
public class BalanceBiasTests
{
    private static readonly float[] s_start = [0, 0, 0, 0, 0, 20, 30, 40];

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void MovesTowardsTheMean(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(lowering);
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 12, 10));

        // Twelve tokens, all to the last three of eight experts: c = (0, 0, 0, 0, 0, 12, 12, 12), its mean 4.5; γ = 0.01.
        layer.UpdateBalance();
        float[] expected = [0.01f, 0.01f, 0.01f, 0.01f, 0.01f, 20 - 0.01f, 30 - 0.01f, 40 - 0.01f];
        Assert.Equal(expected, Bias(layer));

        // What was counted is forgotten: a second call moves nothing.
        layer.UpdateBalance();
        Assert.Equal(expected, Bias(layer));
    }

    [Fact]
    public void EvaluationMovesNothing()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(Lowering.Kernels);
        layer.eval();
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 12, 10));
        layer.UpdateBalance();
        Assert.Equal(s_start, Bias(layer));
    }

    [Fact]
    public void PaddingMovesNothing()
    {
        using var scope = NewDisposeScope();
        using var layer = Biased(Lowering.Kernels);
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 12, 10), zeros(12, dtype: ScalarType.Bool));
        layer.UpdateBalance();
        Assert.Equal(s_start, Bias(layer));
    }

    [Fact]
    public void AnExpertAtTheMeanStays()
    {
        using var scope = NewDisposeScope();
        using var layer = new AllActive();
        layer.forward(Draw.Normal(1, 1, ScalarType.Float32, 5, 8));
        layer.UpdateBalance();
        Assert.Equal(new float[4], Bias(layer));
    }

    [Fact]
    public void TheBiasIsNotInTheWeights()
    {
        // All of one expert's weight is normalised away or not, the bias of 40 must not show: weights of three experts sum to the scale, 2.5.
        using var scope = NewDisposeScope();
        using var layer = Biased(Lowering.Kernels);
        using (no_grad())
        {
            // Equal experts of value e: the routed part is 2.5·e for every token, whatever the bias. No shared expert.
            foreach (var (name, tensor) in layer.state_dict())
            {
                if (name.Contains("experts.", StringComparison.Ordinal))
                {
                    tensor.fill_(name.StartsWith("shared", StringComparison.Ordinal) ? 0 : 0.1f);
                }
            }
        }

        var output = layer.forward(ones(1, 10));

        // gate = up = 10·0.1 = 1: silu(1)·1 = 0.7310586; six hidden units · 0.1 · 2.5.
        Assert.Equal(0.7310586 * 6 * 0.1 * 2.5, output[0, 0].item<float>(), 1e-5);
    }

    private static SigmoidGroups Biased(Lowering lowering)
    {
        using var noGrad = no_grad();
        var layer = new SigmoidGroups { Lowering = lowering };
        Draw.Fill(layer, 9);
        layer.state_dict()["gate.e_score_correction_bias"].copy_(tensor(s_start));
        return layer;
    }

    private static float[] Bias(MoeLayer layer) => layer.state_dict()["gate.e_score_correction_bias"].data<float>().ToArray();
}
