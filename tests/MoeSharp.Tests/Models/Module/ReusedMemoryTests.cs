using System.Runtime.InteropServices;
using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>What forward keeps in memory of an earlier forward: <see cref="FlatModule.ReusesMemory"/>.</summary>
public sealed class ReusedMemoryTests
{
    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void StepsInTheMemoryOfTheStepBeforeHaveTheSameBits(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        using var other = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        scene.Layer.ReusesMemory = true;

        // The third has more tokens: its memory is new, and more than the last one needs.
        foreach (var factor in new[] { 1, 1, 3, 1 })
        {
            Assert.Equal(Step(other, factor), Step(scene, factor));
        }
    }

    [Fact]
    public void SoHasALanguageModel()
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel { ReusesMemory = true };
        using var other = new SparseModel();

        // Not the same seed twice: the generator is everybody's, and other tests draw from it meanwhile.
        other.load_state_dict(model.state_dict());
        foreach (var first in new long[] { 1, 4, 2 })
        {
            Assert.Equal(Gradients(other, first), Gradients(model, first));
        }

        static byte[][] Gradients(SparseModel model, long first)
        {
            model.zero_grad();
            model.forward(arange(first, first + 6).view(2, 3)).sum().backward();
            return [.. model.parameters().Select(parameter => parameter.grad!.bytes.ToArray())];
        }
    }

    [Fact]
    public void TwoForwardsBeforeTheirBackwardsHaveMemoryOfTheirOwn()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        var alone = Step(scene, 1);
        scene.Layer.ReusesMemory = true;
        Step(scene, 1);
        var (x, twice) = (Input(scene, 1), Input(scene, 1) * 2);
        var (first, second) = (scene.Layer.forward(x), scene.Layer.forward(twice));
        second.sum().backward();
        scene.Layer.zero_grad();
        first.sum().backward();
        Assert.Equal(alone, scene.GradientOf("gate.weight").bytes.ToArray());
    }

    [Fact]
    public void AGraphIsWalkedAgainUntilTheNextForward()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        var alone = Step(scene, 1);
        scene.Layer.ReusesMemory = true;
        scene.Layer.zero_grad();
        var loss = scene.Layer.forward(Input(scene, 1)).sum();
        loss.backward(retain_graph: true);
        scene.Layer.zero_grad();
        loss.backward(retain_graph: true);
        Assert.Equal(alone, scene.GradientOf("gate.weight").bytes.ToArray());

        scene.Layer.zero_grad();
        var next = scene.Layer.forward(Input(scene, 1)).sum();
        var error = Assert.Throws<ExternalException>(() => loss.backward());
        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
        scene.Layer.zero_grad();
        next.backward();
        Assert.Equal(alone, scene.GradientOf("gate.weight").bytes.ToArray());
    }

    [Fact]
    public void MemoryComesAgainWhereItIsLargeEnough()
    {
        using var scope = NewDisposeScope();
        var memory = new KeptMemory();
        var ticket = KeptMemory.Ticket(zeros(1));
        var first = memory.Take(100, ScalarType.Float32);
        memory.Return(first, ticket);
        memory.Return(first, ticket);
        var (again, another) = (memory.Take(60, ScalarType.Float32), memory.Take(60, ScalarType.Float32));
        Assert.Equal(Address(first), Address(again));
        Assert.NotEqual(Address(first), Address(another));

        memory.Return(again, ticket);
        Assert.Equal(101, memory.Take(101, ScalarType.Float32).numel());
        memory.Return(another, ticket);
        Assert.Equal(ScalarType.Float64, memory.Take(60, ScalarType.Float64).dtype);
        memory.Release();
    }

    private static byte[] Step(LayerScene scene, int factor)
    {
        scene.Layer.zero_grad();
        scene.Layer.forward(Input(scene, factor)).sum().backward();
        return scene.GradientOf("gate.weight").bytes.ToArray();
    }

    private static Tensor Input(LayerScene scene, int factor) => cat([.. Enumerable.Repeat(scene.Input.detach(), factor)]);

    private static unsafe nint Address(Tensor tensor) => (nint)TensorMemory.Pointer(tensor);
}
