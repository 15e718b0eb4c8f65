using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary><c>[Train(Precision = BFloat16)]</c>: products in bfloat16, everything that is kept in float32.</summary>
[Collection("Workers")]
public class MixedPrecisionTests
{
    // Seven bits of mantissa: 4e-3 a rounding, of which some come together.
    private const double Tolerance = 2e-2;

    [Fact]
    public void AStepIsNearFloat32()
    {
        using var scope = NewDisposeScope();
        using var mixed = Filled(new MixedModel());
        using var wide = Filled(new WideModel());
        var windows = Windows();
        var (result, expected) = (mixed.Step(windows, 4, 0.01, 1), wide.Step(windows, 4, 0.01, 1));
        Assert.Equal(expected.LossSum, result.LossSum, 2e-2 * expected.LossSum);
        Assert.Equal(ScalarType.Float32, mixed.Parameters.Gradient.dtype);

        // A token at another expert would show in single gradients by more than rounding does.
        Assert.Equal(wide.Loads[0].Counts, mixed.Loads[0].Counts);
        foreach (var info in mixed.Parameters.Layout)
        {
            Compare.Near(mixed.Parameters.GradientOf(info.Name), wide.Parameters.GradientOf(info.Name), Tolerance, "gradient of " + info.Name);
        }

        Assert.True(Compare.Distance(mixed.Parameters.Gradient, wide.Parameters.Gradient) > 1e-4, "nothing was computed in bfloat16");
    }

    [Fact]
    public void AsAModuleItIsNearFloat32()
    {
        using var scope = NewDisposeScope();
        using var mixed = Filled(new MixedModel());
        using var wide = Filled(new WideModel());
        var ids = tensor(Windows().Select(id => (long)id).Take(48).ToArray()).view(3, 16);
        var (logits, expected) = (mixed.forward(ids), wide.forward(ids));
        Assert.Equal(ScalarType.Float32, logits.dtype);
        Compare.Near(logits, expected, Tolerance, "logits");
        logits.sum().backward();
        expected.sum().backward();
        foreach (var info in mixed.Parameters.Layout)
        {
            Compare.Near(mixed.get_parameter(info.Name)!.grad!, wide.get_parameter(info.Name)!.grad!, Tolerance, "gradient of " + info.Name);
        }
    }

    [Fact]
    public void StepsAreTheSameAtAnyNumberOfWorkers()
    {
        var count = Workers.Shared.Count;
        try
        {
            var expected = Step(workers: 1);
            Assert.Equal(expected, Step(workers: 2));
            Assert.Equal(expected, Step(workers: 3));
        }
        finally
        {
            Workers.Shared.Count = count;
        }

        static byte[] Step(int workers)
        {
            Workers.Shared.Count = workers;
            using var model = Filled(new MixedModel());
            model.Step(Windows(), 4, 0.01, 1);
            return model.Parameters.Gradient.bytes.ToArray();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheOptimiserKeepsTheRoundedCopyRight(bool kernels)
    {
        using var scope = NewDisposeScope();
        using var model = Filled(new MixedModel());
        model.get_parameter("model.norm.weight")!.requires_grad_(false);
        using var optimizer = new MoeSharp.Training.Optimizer(model, new MoeSharp.Training.AdamWSettings(), kernels);
        for (var step = 0; step < 3; step++)
        {
            model.Step(Windows(), 4, 0.01, 1);
            optimizer.Step(0.01);
            var rounded = model.Parameters.Weights.to(ScalarType.BFloat16);
            Assert.True(model.Parameters.NarrowCopy!.eq(rounded).all().item<bool>(), $"the copy is not the weights, rounded, after step {step + 1}");
        }
    }

    [Fact]
    public void WeightsThatAreLoadedOrSaidToHaveChangedAreRead()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(new MixedModel());
        using var other = new MixedModel();
        Draw.Fill(other, 11);
        var windows = Windows();
        var (first, second) = (model.Evaluate(windows, 4), other.Evaluate(windows, 4));
        Assert.NotEqual(first, second);
        model.load_state_dict(other.state_dict());
        Assert.Equal(second, model.Evaluate(windows, 4));

        Fill(model);
        model.Parameters.WeightsChanged();
        Assert.Equal(first, model.Evaluate(windows, 4));
    }

    /// <summary>
    /// A router in bfloat16 is a known mistake. The rows of this one differ by less than bfloat16 can tell, so that a rounded copy would always choose the
    /// first three of four experts. The residual stream up to it is that of float32, bit for bit: what is added to the embedding is zero.
    /// </summary>
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void TheRouterIsReadInFloat32(Lowering lowering)
    {
        using var scope = NewDisposeScope();
        using var mixed = Prepared(new MixedModel());
        using var wide = Prepared(new WideModel());
        var router = mixed.get_parameter("model.layers.1.mlp.gate.weight")!.detach().to(ScalarType.BFloat16);
        Assert.True(router.eq(router[0]).all().item<bool>(), "bfloat16 can tell the rows apart");

        // The same sums in the same order: equal to the last bit.
        mixed.Step(Windows(), 4, 0.01, 1);
        wide.Step(Windows(), 4, 0.01, 1);
        Assert.NotEqual(0, wide.Loads[0].Counts[3]);
        Assert.Equal(wide.Loads[0].Counts, mixed.Loads[0].Counts);
        Assert.Equal(wide.Loads[0].Entropy, mixed.Loads[0].Entropy);

        TransformerModule Prepared(TransformerModule model)
        {
            Fill(model);
            model.Lowering = lowering;
            using var quiet = no_grad();
            foreach (var (name, tensor) in model.state_dict())
            {
                if (name.Contains("o_proj", StringComparison.Ordinal) || name.Contains("layers.0.mlp.down_proj", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal))
                {
                    tensor.zero_();
                }
            }

            // A step of bfloat16 at 1 is 2⁻⁷: rows of 1 ± a few 2⁻¹² are all rounded to 1.
            model.get_parameter("model.layers.1.mlp.gate.weight")!.copy_(Draw.Normal(5, Math.Pow(2, -12), ScalarType.Float32, [4, 32]) + 1f);
            model.Parameters.WeightsChanged();
            return model;
        }
    }

    [Fact]
    public void NormsAreReadInFloat32()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(new MixedModel());
        using var quiet = no_grad();
        var norm = model.get_parameter("model.norm.weight")!;
        norm.fill_(1);
        model.Parameters.WeightsChanged();
        var before = model.Evaluate(Windows(), 4);

        // Less than half a step of bfloat16 at 1, so that a rounded copy would not know of it.
        norm.fill_(1.003f);
        model.Parameters.WeightsChanged();
        Assert.NotEqual(before, model.Evaluate(Windows(), 4));
    }

    [Fact]
    public void StepsNeedNoMoreTensors()
    {
        // One worker: each has scratch of its own, and meets its first product of a shape at a time that nobody knows.
        var count = Workers.Shared.Count;
        Workers.Shared.Count = 1;
        using var model = Filled(new MixedModel());
        var windows = Windows();
        Run(2);
        var (live, inThread) = (Tensor.TotalCount, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Run(5);
        Assert.Equal(inThread, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Workers.Shared.Count = count;
        Assert.True(Tensor.TotalCount <= live, $"{live} tensors after two steps, {Tensor.TotalCount} after seven.");

        void Run(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                model.Step(windows, 4, 0.01, 1);
            }
        }
    }

    [Fact]
    public void TheCallersTorchThreadsStayAsTheyWere()
    {
        using var scope = NewDisposeScope();
        using var model = Filled(new MixedModel());
        var before = get_num_threads();
        try
        {
            set_num_threads(3);
            model.Step(Windows(), 4, 0.01, 1);
            Assert.Equal(3, get_num_threads());
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void TheCardCountsTheCopy() => Assert.Equal(WideModel.Card.WeightBytes / 2 * 3, MixedModel.Card.WeightBytes);

    private static TransformerModule Filled(TransformerModule model)
    {
        Fill(model);
        return model;
    }

    // Weights that are bfloat16 numbers, so that both models have the same, of the usual size; a router whose scores lie apart.
    private static void Fill(TransformerModule model)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        ulong seed = 1;
        foreach (var (name, tensor) in model.state_dict())
        {
            var isNorm = name.EndsWith("norm.weight", StringComparison.Ordinal);
            var scale = name.EndsWith("gate.weight", StringComparison.Ordinal) ? 0.7 : name.EndsWith("bias", StringComparison.Ordinal) ? 0.2 : 0.05;
            var values = Draw.Normal(seed++, scale, ScalarType.BFloat16, tensor.shape);
            tensor.copy_(isNorm ? values + 1f : values);
        }
    }

    private static int[] Windows()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 4 * 17).Select(_ => random.Next(256))];
    }
}
