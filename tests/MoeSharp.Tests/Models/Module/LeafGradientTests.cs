using MoeSharp.Modules;
using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>Backward adds to the parameters' gradients in place: what that may not change for the caller.</summary>
public class LeafGradientTests
{
    private const string Router = "gate.weight";

    [Fact]
    public void GradientsAreViewsOfOneBufferAndAdd()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        var kept = scene.GradientOf(Router);
        var once = kept.clone();
        scene.Backward();
        Assert.Equal((once * 2).bytes.ToArray(), kept.bytes.ToArray());
        Assert.Equal(Address(scene, Router) - (scene.Layer.Parameters.Table[Router].Offset * 8), Address(scene, "experts.down_proj") - (scene.Layer.Parameters.Table["experts.down_proj"].Offset * 8));
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void AskedForCertainTensorsNothingIsAccumulated(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        scene.Backward();
        var expected = scene.GradientOf(Router).clone();
        var router = scene.Layer.get_parameter(Router)!;
        var loss = (scene.Layer.forward(scene.Input) * scene.Probe).sum();
        var asked = autograd.grad([loss], [router, scene.Input], retain_graph: true);
        Assert.Equal(expected.bytes.ToArray(), asked[0].bytes.ToArray());
        Assert.Equal(scene.Input.grad!.bytes.ToArray(), asked[1].bytes.ToArray());
        autograd.grad([loss], [scene.Input], retain_graph: true);
        Assert.Equal(expected.bytes.ToArray(), scene.GradientOf(Router).bytes.ToArray());

        var down = scene.GradientOf("experts.down_proj").clone();
        autograd.backward([loss], retain_graph: true, inputs: [router]);
        Assert.Equal((expected * 2).bytes.ToArray(), scene.GradientOf(Router).bytes.ToArray());
        Assert.Equal(down.bytes.ToArray(), scene.GradientOf("experts.down_proj").bytes.ToArray());

        // What was asked for stays what it was, whatever comes after.
        loss.backward();
        Assert.Equal((expected * 3).bytes.ToArray(), scene.GradientOf(Router).bytes.ToArray());
        Assert.Equal(expected.bytes.ToArray(), asked[0].bytes.ToArray());
    }

    [Fact]
    public void AGradientKeptBeyondZeroGradStaysAsItIs()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        var kept = scene.GradientOf(Router);
        var before = kept.bytes.ToArray();
        scene.Layer.zero_grad();
        Assert.Null(scene.Layer.get_parameter(Router)!.grad);
        scene.Backward();
        Assert.Equal(before, scene.GradientOf(Router).bytes.ToArray());
        scene.Backward();
        Assert.Equal(before, kept.bytes.ToArray());
    }

    [Theory]
    [InlineData(Lowering.Kernels)]
    [InlineData(Lowering.Torch)]
    public void MemoryUsedAgainHoldsTheSameGradients(Lowering lowering)
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, lowering);
        scene.Layer.ReusesMemory = true;
        scene.Backward();
        string[] names = [Router, "experts.gate_up_proj", "experts.down_proj"];
        var (before, address) = (names.Select(name => scene.GradientOf(name).bytes.ToArray()).ToArray(), Address(scene, Router));

        // Twice, so that what is written anew is not what a single backward would have left there.
        scene.Backward();
        scene.Layer.zero_grad(set_to_none: true);
        Assert.Null(scene.Layer.get_parameter(Router)!.grad);
        scene.Backward();
        Assert.Equal(before, names.Select(name => scene.GradientOf(name).bytes.ToArray()));
        Assert.Equal(address, Address(scene, Router));
    }

    [Fact]
    public void OneGradientTakenAwayStartsAnew()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        var kept = scene.GradientOf(Router);
        var (router, down) = (kept.bytes.ToArray(), (scene.GradientOf("experts.down_proj") * 2).bytes.ToArray());
        scene.Layer.get_parameter(Router)!.grad = null;
        scene.Backward();
        Assert.Equal(router, scene.GradientOf(Router).bytes.ToArray());
        Assert.Equal(router, kept.bytes.ToArray());
        Assert.Equal(down, scene.GradientOf("experts.down_proj").bytes.ToArray());
    }

    [Fact]
    public void AGradientOfTheUsersIsAddedTo()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        var (router, down) = (scene.GradientOf(Router).clone(), scene.GradientOf("experts.down_proj").clone());
        var mine = ones_like(router);
        scene.Layer.get_parameter(Router)!.grad = mine;
        scene.Backward();
        Assert.Equal((router + 1).bytes.ToArray(), mine.bytes.ToArray());
        Assert.Equal((down * 2).bytes.ToArray(), scene.GradientOf("experts.down_proj").bytes.ToArray());
    }

    [Fact]
    public void AParameterThatIsThawedGetsItsGradientOnly()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        using var free = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        free.Backward();
        scene.Layer.get_parameter(Router)!.requires_grad = false;
        scene.Backward();
        Assert.Null(scene.Layer.get_parameter(Router)!.grad);
        scene.Layer.get_parameter(Router)!.requires_grad = true;
        scene.Backward();
        Assert.Equal(free.GradientOf(Router).bytes.ToArray(), scene.GradientOf(Router).bytes.ToArray());
        Assert.Equal((free.GradientOf("experts.down_proj") * 2).bytes.ToArray(), scene.GradientOf("experts.down_proj").bytes.ToArray());
    }

    [Fact]
    public void OptimisersThatZeroKeepTheBuffer()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        using var optimizer = optim.SGD(scene.Layer.parameters(), 0);
        scene.Backward();
        var (once, address) = (scene.GradientOf(Router).bytes.ToArray(), Address(scene, Router));
        optimizer.zero_grad();
        scene.Backward();
        Assert.Equal(once, scene.GradientOf(Router).bytes.ToArray());
        Assert.Equal(address, Address(scene, Router));
    }

    [Fact]
    public void MovedGradientsAreStillAddedTo()
    {
        using var scene = LayerScene.Make(nameof(SigmoidGroups), ScalarType.Float64, Lowering.Kernels);
        scene.Backward();
        scene.Layer.to(ScalarType.Float32);
        var before = scene.GradientOf(Router).clone();
        var address = Address(scene, Router);
        scene.Layer.forward(scene.Input.detach().to(ScalarType.Float32)).backward([scene.Probe.to(ScalarType.Float32)]);
        Compare.Near(scene.GradientOf(Router), before * 2, Compare.Single, "gradient of the router");
        Assert.Equal(address, Address(scene, Router));
    }

    private static unsafe long Address(LayerScene scene, string name) => (long)TensorMemory.Pointer<byte>(scene.GradientOf(name));
}
