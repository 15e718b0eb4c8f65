using MoeSharp.Modules;
using MoeSharp.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Training;

public class OptimizerTests
{
    private const int Count = 3;
    private static readonly AdamWSettings s_settings = new() { LearningRate = 0.01, WeightDecay = 0.3 };

    // One ulp of the largest values (about 1) is 1e-7 in float32; six steps add up a few of them.
    [Theory]
    [InlineData(ScalarType.Float32, true, 1e-6)]
    [InlineData(ScalarType.Float32, false, 1e-6)]
    [InlineData(ScalarType.Float64, true, 1e-12)]
    [InlineData(ScalarType.Float64, false, 1e-12)]
    public void Equals_torch(ScalarType type, bool kernels, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var flat = new Flat(type);
        Parameter[] oracle = [.. Enumerable.Range(0, Count).Select(i => new Parameter(flat.Parameter(i).detach().clone()))];
        using var torchs = optim.AdamW(
            [
                new AdamW.ParamGroup(oracle[..2], new AdamW.Options { LearningRate = 0.01, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = 0.3 }),
                new AdamW.ParamGroup(oracle[2..], new AdamW.Options { LearningRate = 0.01, beta1 = 0.9, beta2 = 0.95, eps = 1e-8, weight_decay = 0 }),
            ]);
        using var optimizer = new MoeSharp.Training.Optimizer(flat, s_settings, kernels);
        for (var step = 1; step <= 6; step++)
        {
            flat.FillGradient(step);
            for (var i = 0; i < oracle.Length; i++)
            {
                oracle[i].grad = flat.GradientOf(i).clone();
            }

            // The first gradients are clipped, the last are not.
            var expected = nn.utils.clip_grad_norm_(oracle, 5);
            torchs.step();
            var norm = optimizer.GradientNorm();
            Assert.Equal(1, norm / expected, tolerance);
            optimizer.Step(0.01, MoeSharp.Training.Optimizer.ClipScale(norm, 5));
        }

        Assert.Equal(6, optimizer.Steps);
        Assert.Equal(0, flat.Gradient.abs().max().ToDouble());
        for (var i = 0; i < oracle.Length; i++)
        {
            Assert.InRange((oracle[i] - flat.Parameter(i)).abs().max().ToDouble(), 0, tolerance);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Frozen_parameters_do_not_move_and_do_not_count(bool kernels)
    {
        using var scope = NewDisposeScope();
        using var flat = new Flat(ScalarType.Float64);
        flat.Parameter(1).requires_grad = false;
        var before = Enumerable.Range(0, Count).Select(i => flat.Parameter(i).detach().clone()).ToArray();
        using var optimizer = new MoeSharp.Training.Optimizer(flat, s_settings, kernels);
        flat.FillGradient(1);
        var rest = Math.Sqrt(flat.GradientOf(0).square().sum().ToDouble() + flat.GradientOf(2).square().sum().ToDouble());
        Assert.Equal(rest, optimizer.GradientNorm(), 1e-12);
        optimizer.Step(0.01);
        Assert.Equal(0, flat.Gradient.abs().max().ToDouble());
        Assert.True((before[1] - flat.Parameter(1)).abs().max().ToDouble() == 0, "the frozen parameter moved");
        Assert.True((before[0] - flat.Parameter(0)).abs().min().ToDouble() > 0, "a decayed parameter stood still");
        Assert.True((before[2] - flat.Parameter(2)).abs().min().ToDouble() > 0, "a parameter without decay stood still");
    }

    [Fact]
    public void The_parameter_whose_gradient_is_not_finite_is_named()
    {
        using var scope = NewDisposeScope();
        using var flat = new Flat(ScalarType.Float32);
        using var optimizer = new MoeSharp.Training.Optimizer(flat, s_settings, true);
        flat.FillGradient(1);
        Assert.Null(optimizer.FirstNonFiniteGradient());
        flat.GradientOf(1).fill_(float.PositiveInfinity);
        Assert.False(double.IsFinite(optimizer.GradientNorm()));
        Assert.Equal("p1", optimizer.FirstNonFiniteGradient());
    }

    [Theory]
    [InlineData(0.5, 1.0, 1.0)]
    [InlineData(4.0, 1.0, 0.25)]
    public void Clipping_scales_only_what_is_too_long(double norm, double longest, double expected) =>
        Assert.Equal(expected, MoeSharp.Training.Optimizer.ClipScale(norm, longest), 1e-6);

    /// <summary>Three parameters whose sizes are no multiples of a vector; the last is a norm.</summary>
    private sealed class Flat : FlatModule
    {
        // Numbers of our own: torch's generator is everybody's, and a gradient next to zero moves a weight by its rounding.
        private readonly Random _random = new(1);

        public Flat(ScalarType type)
            : base("Flat", Layout(), null)
        {
            this.to(type);
            Initialize(3);
            Parameters.Weights.mul_(50);
        }

        public Tensor Gradient => Parameters.Gradient;

        public Parameter Parameter(int i) => get_parameter($"p{i}")!;

        public Tensor GradientOf(int i) => Parameters.GradientOf($"p{i}");

        public void FillGradient(int step)
        {
            for (var i = 0; i < Count; i++)
            {
                var values = Enumerable.Range(0, (int)GradientOf(i).numel()).Select(_ => ((2 * _random.NextDouble()) - 1) * 2 / step).ToArray();
                GradientOf(i).copy_(tensor(values).reshape([.. Parameters.Layout[i].Shape]));
            }
        }

        public override Tensor forward(Tensor input) => input;

        private static ParameterLayout Layout()
        {
            var layout = new ParameterLayout();
            layout.Matrix("p0", 35, 20);
            layout.Matrix("p1", 11, 3);
            layout.Norm("p2", 19);
            return layout;
        }
    }
}
