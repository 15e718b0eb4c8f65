using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Gates;

/// <summary>Gates beside losses at their logits and weights, and behind a capacity: backward is the derivative of forward, the same in both lowerings.</summary>
public class GatesWithLossesTests
{
    // Truncation is of the order of Step², rounding of 1e-16·loss/Step.
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    private static readonly GateRandomState s_begin = new(5, 0);

    public static TheoryData<string> Names =>
        [nameof(NoisyWithLosses), nameof(TwoLayersWithLosses), nameof(SubExpertsWithLosses), nameof(ChoiceWithLoss), nameof(ChanceWithLosses)];

    [Theory]
    [MemberData(nameof(Names))]
    public void BackwardIsTheDerivativeOfForward(string name)
    {
        using var scope = NewDisposeScope();
        using var layer = Create(name, Lowering.Kernels);
        var (input, probe) = Scene(layer);
        Loss(layer, input, probe).backward();
        foreach (var info in layer.Parameters.Layout)
        {
            Check(layer.get_parameter(info.Name)!.detach(), layer.get_parameter(info.Name)!.grad!, info.Name, () => Value(layer, input, probe));
        }

        Check(input.detach(), input.grad!, "the input", () => Value(layer, input, probe));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BothLoweringsGiveTheSame(string name)
    {
        using var scope = NewDisposeScope();
        using var kernels = Create(name, Lowering.Kernels);
        using var torchOps = Create(name, Lowering.Torch);
        var (input, probe) = Scene(kernels);
        var theirs = input.detach().clone().requires_grad_(true);
        Compare.Near(Loss(kernels, input, probe, backward: true), Loss(torchOps, theirs, probe, backward: true), Compare.Double, "loss");
        Assert.Equal(torchOps.BalanceLoss, kernels.BalanceLoss, Compare.Double);
        Compare.Near(input.grad!, theirs.grad!, Compare.Double, "gradient of the input");
        foreach (var info in kernels.Parameters.Layout)
        {
            Compare.Near(kernels.get_parameter(info.Name)!.grad!, torchOps.get_parameter(info.Name)!.grad!, Compare.Double, "gradient of " + info.Name);
        }
    }

    private static MoeLayer Create(string name, Lowering lowering)
    {
        MoeLayer layer = name switch
        {
            nameof(NoisyWithLosses) => new NoisyWithLosses(),
            nameof(TwoLayersWithLosses) => new TwoLayersWithLosses(),
            nameof(SubExpertsWithLosses) => new SubExpertsWithLosses(),
            nameof(ChoiceWithLoss) => new ChoiceWithLoss(),
            _ => new ChanceWithLosses(),
        };
        layer.to(ScalarType.Float64);
        layer.Lowering = lowering;
        Draw.Fill(layer, 11);
        return layer;
    }

    private static (Tensor Input, Tensor Probe) Scene(MoeLayer layer) =>
        (Draw.Normal(12, 1, ScalarType.Float64, 2, 7, layer.Dim).requires_grad_(true), Draw.Normal(13, 1, ScalarType.Float64, 2, 7, layer.Dim));

    private static Tensor Loss(MoeLayer layer, Tensor input, Tensor probe, bool backward = false)
    {
        layer.GateRandomState = s_begin;
        var loss = (layer.forward(input) * probe).sum();
        if (backward)
        {
            loss.backward();
        }

        return loss;
    }

    private static double Value(MoeLayer layer, Tensor input, Tensor probe)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var before = layer.BalanceLoss;
        var loss = Loss(layer, input, probe).item<double>();
        return loss + layer.BalanceLoss - before;
    }

    private static void Check(Tensor values, Tensor gradient, string what, Func<double> loss)
    {
        using var noGrad = no_grad();
        var (flat, slopes) = (values.view(-1), gradient.contiguous().view(-1));
        var (distance, length) = (0.0, 0.0);
        for (long index = 0; index < flat.numel(); index += 1 + (flat.numel() / 9))
        {
            using var scope = NewDisposeScope();
            var entry = flat.narrow(0, index, 1);
            var value = entry.item<double>();
            entry.fill_(value + Step);
            var above = loss();
            entry.fill_(value - Step);
            var below = loss();
            entry.fill_(value);
            var (expected, actual) = ((above - below) / (2 * Step), slopes[index].item<double>());
            distance += (actual - expected) * (actual - expected);
            length += expected * expected;
        }

        Assert.True(Math.Sqrt(distance) <= (Tolerance * Math.Sqrt(length)) + 2e-9, $"{what}: {Math.Sqrt(distance):e2} apart of {Math.Sqrt(length):e2}.");
    }
}
