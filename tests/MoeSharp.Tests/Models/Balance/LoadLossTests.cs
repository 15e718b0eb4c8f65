using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Balance;

/// <summary>The smooth load of a noisy gate, with the losses that stand beside it in Shazeer's paper, against plain operations under autograd.</summary>
public class LoadLossTests
{
    [Theory]
    [InlineData(Lowering.Kernels, false)]
    [InlineData(Lowering.Torch, false)]
    [InlineData(Lowering.Kernels, true)]
    [InlineData(Lowering.Torch, true)]
    public void ValueAndGradients(Lowering lowering, bool padded)
    {
        using var scope = NewDisposeScope();
        using var layer = new NoisyLosses();
        layer.to(ScalarType.Float64);
        layer.Lowering = lowering;
        Draw.Fill(layer, 31);
        layer.GateRandomState = new GateRandomState(7, 0);
        bool[]? mask = padded ? [true, true, false, true, false, true, true, false] : null;
        var input = Draw.Normal(32, 1, ScalarType.Float64, 8, 8).requires_grad_(true);
        (layer.forward(input, mask is null ? null : tensor(mask)) * 0).sum().backward();

        // H = l + ε·softplus(a), ε the numbers the layer drew.
        var u = input.detach().clone().requires_grad_(true);
        var (router, noise) = (Leaf("gate.weight"), Leaf("gate.noise.weight"));
        var logits = u.matmul(router.t());
        var sigma = nn.functional.softplus(u.matmul(noise.t()));
        var h = logits + (Drawn(layer.GateRandomState, mask) * sigma);
        var columns = new List<Tensor>();
        for (var i = 0; i < 6; i++)
        {
            // The K-th largest of H without its own, K = 2, on the tape.
            var others = cat([h.narrow(1, 0, i), h.narrow(1, i + 1, 5 - i)], 1);
            var threshold = others.topk(2, -1).values.narrow(1, 1, 1);
            columns.Add((((logits.narrow(1, i, 1) - threshold) / sigma.narrow(1, i, 1) / Math.Sqrt(2)).erf() + 1) * 0.5);
        }

        long[] counted = [.. Enumerable.Range(0, 8).Where(token => mask is null || mask[token]).Select(token => (long)token)];
        var load = cat([.. columns], 1).index_select(0, tensor(counted)).sum(dim: 0);
        var best = h.detach().topk(2, -1).indexes;
        var chosen = h.gather(1, best).softmax(-1);
        var losses = new ReferenceLosses(logits, h.softmax(-1), chosen, best);
        var loads = Variation(load);
        Assert.Equal(loads.item<double>(), Value("load_loss"), 1e-9);
        Assert.Equal(losses.Importance(counted).item<double>(), Value("importance_loss"), 1e-9);
        ((loads * 0.4) + (losses.Importance(counted) * 0.2) + (losses.RouterZ(counted) * 0.1)).backward();
        Compare.Near(input.grad!, u.grad!, 1e-9, "gradient of the input");
        Compare.Near(layer.get_parameter("gate.weight")!.grad!, router.grad!, 1e-9, "gradient of the router");
        Compare.Near(layer.get_parameter("gate.noise.weight")!.grad!, noise.grad!, 1e-9, "gradient of the noise");

        double Value(string name) => layer.Loads[0].Losses.Single(loss => loss.Name == name).Value;

        Tensor Leaf(string name) => layer.state_dict()[name].detach().clone().requires_grad_(true);
    }

    private static Tensor Variation(Tensor x) => ((x - x.mean()) * (x - x.mean())).mean() / ((x.mean() * x.mean()) + 1e-10);

    private static Tensor Drawn(GateRandomState after, bool[]? mask)
    {
        var settings = new PassSettings(8, 8, Training: true) { Mask = mask, RandomKey = (after with { Calls = after.Calls - 1 }).Key };
        var numbers = new GateRandom(settings, 0, GateStream.Noise);
        var values = new double[48];
        for (var token = 0; token < 8; token++)
        {
            numbers.Normal(token, values.AsSpan(token * 6, 6));
        }

        return tensor(values).view(8, 6);
    }
}
