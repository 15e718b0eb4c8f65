using MoeSharp.Modules;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models;

/// <summary>Who holds a module's memory, and for how long. Tensors are counted in the whole process: nothing else may run meanwhile.</summary>
[Collection("Workers")]
public class ModuleLifetimeTests
{
    [Fact]
    public void AForwardWithoutBackwardLeavesNothingBehind()
    {
        using var layer = new Declared.SoftmaxRaw();
        Forwards(layer, 1);
        var before = LiveTensors();
        Forwards(layer, 200);

        // Some slack for what other tests left to the finaliser; a leak would be 200 and more.
        Assert.InRange(LiveTensors() - before, long.MinValue, 50);
    }

    [Fact]
    public void LettingGoOfAProgramGivesItsMemoryBackAtOnce()
    {
        using var layer = new Declared.SoftmaxRaw { Lowering = Lowering.Kernels };
        using (no_grad())
        {
            using var input = zeros(2, 8);
            using var output = layer.forward(input);
        }

        var before = LiveTensors();
        layer.Lowering = Lowering.Torch;
        Assert.True(Tensor.TotalCount < before, "The workspace is still there.");
    }

    [Fact]
    public void MovingToWhereItIsReplacesNothing()
    {
        using var layer = new Declared.SoftmaxRaw();
        var (weights, gradient, parameter) = (layer.Parameters.Weights, layer.Parameters.Gradient, layer.get_parameter("gate.weight"));
        layer.to(CPU);
        layer.to(ScalarType.Float32);
        layer.to(CPU, ScalarType.Float32);
        Assert.Same(weights, layer.Parameters.Weights);
        Assert.Same(gradient, layer.Parameters.Gradient);
        Assert.Same(parameter, layer.get_parameter("gate.weight"));
    }

    // Where the buffers lie is remembered from step to step.
    [Fact]
    public void AStepFindsTheBuffersWhereTheyWereMoved()
    {
        using var model = new Declared.DenseModel();
        int[] windows = [.. Enumerable.Range(0, 12).Select(at => at % 5)];
        model.Step(windows, 2, 1, 1);
        var expected = model.Parameters.Gradient.bytes.ToArray();
        model.to(ScalarType.Float64);
        model.to(ScalarType.Float32);
        model.Step(windows, 2, 1, 1);
        Assert.Contains(expected, each => each != 0);
        Assert.Equal(expected, model.Parameters.Gradient.bytes.ToArray());
    }

    [Fact]
    public void AStepOfWhatWasDisposedOfThrows()
    {
        var model = new Declared.DenseModel();
        int[] windows = [.. Enumerable.Range(0, 12).Select(at => at % 5)];
        model.Step(windows, 2, 1, 1);
        model.Dispose();
        Assert.ThrowsAny<Exception>(() => model.Step(windows, 2, 1, 1));
    }

    [Fact]
    public void AModuleMadeInAScopeOutlivesItAndMayBeDisposedTwice()
    {
        Declared.SigmoidGroups layer;
        using (NewDisposeScope())
        {
            layer = new Declared.SigmoidGroups();
            layer.to(ScalarType.Float64);
        }

        using (var scope = NewDisposeScope())
        {
            var input = zeros(3, 10, dtype: ScalarType.Float64).requires_grad_(true);
            layer.forward(input).sum().backward();
            layer.UpdateBalance();
        }

        using (NewDisposeScope())
        {
            Assert.Equal([8, 10], layer.state_dict()["gate.weight"].shape);
        }

        layer.Dispose();
        layer.Dispose();
    }

    [Fact]
    public void ABatchWithoutSequencesIsRefusedInWords()
    {
        using var model = new Declared.DenseModel();
        using var input = zeros(0, 4, dtype: ScalarType.Int64);
        Assert.Contains("At least one sequence", Assert.Throws<ArgumentException>(() => model.forward(input)).Message, StringComparison.Ordinal);
    }

    /// <summary>On a thread of its own: no dispose scope holds what is made there, and no stack frame stays.</summary>
    private static void Forwards(MoeLayer layer, int count)
    {
        var thread = new Thread(() =>
        {
            using var input = ones(2, 8).requires_grad_(true);
            for (var i = 0; i < count; i++)
            {
                _ = layer.forward(input);
            }
        });
        thread.Start();
        thread.Join();
    }

    private static long LiveTensors()
    {
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return Tensor.TotalCount;
    }
}
