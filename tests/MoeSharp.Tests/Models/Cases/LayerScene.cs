using MoeSharp.Modules;
using MoeSharp.Runtime;
using MoeSharp.Tests.Models.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Cases;

/// <summary>A layer with weights, an input and a gradient from above for which no choice is near to turning over, and the reference's results in float64.</summary>
internal sealed class LayerScene : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private LayerScene(LayerCase layerCase, ScalarType type, Lowering lowering, ulong seed, long[] shape, bool[]? mask, Action<MoeLayer>? arrange, Action<Tensor>? input)
    {
        Layer = layerCase.Create();
        Layer.to(type);
        Layer.Lowering = lowering;
        Draw.Fill(Layer, seed);
        arrange?.Invoke(Layer);
        Input = Draw.Normal(seed + 1000, 1, type, shape);
        input?.Invoke(Input);
        Input.requires_grad_(true);
        Probe = Draw.Normal(seed + 1001, 1, type, shape);
        Mask = mask is null ? null : tensor(mask).view(shape[..^1]);

        Leaves = Draw.Leaves(Layer);
        ReferenceInput = Input.detach().to(ScalarType.Float64, copy: true).requires_grad_(true);
        RandomState = new GateRandomState((long)seed, 0);
        Layer.GateRandomState = RandomState;
        var settings = new PassSettings((int)(Input.numel() / layerCase.Dim), (int)shape[^2], Training: true) { Mask = mask, RandomKey = RandomState.Key };
        Reference = new ReferenceExperts(layerCase.Gate, Leaves, string.Empty, stream => new GateRandom(settings, 0, stream))
            .Forward(ReferenceInput.view(-1, layerCase.Dim), (int)shape[^2], mask);
    }

    public MoeLayer Layer { get; }

    /// <summary>What the layer's random numbers follow from: the reference's are those of the first forward.</summary>
    public GateRandomState RandomState { get; }

    public Tensor Input { get; }

    /// <summary>What the output is multiplied with to make a loss.</summary>
    public Tensor Probe { get; }

    public Tensor? Mask { get; }

    public Dictionary<string, Tensor> Leaves { get; }

    public Tensor ReferenceInput { get; }

    public ReferenceOutput Reference { get; }

    /// <summary>The first seed whose choices keep the margin; the caller asserts nothing more.</summary>
    public static LayerScene Make(
        string name,
        ScalarType type,
        Lowering lowering,
        long[]? rows = null,
        bool[]? mask = null,
        Action<MoeLayer>? arrange = null,
        Action<Tensor>? input = null)
    {
        var layerCase = LayerCase.All[name];
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var scene = new LayerScene(layerCase, type, lowering, seed, [.. rows ?? [2, 6], layerCase.Dim], mask, arrange, input);
            if (scene.Reference.Margin >= Draw.Margin)
            {
                return scene;
            }

            scene.Dispose();
        }

        Assert.Fail($"No seed from 1 to 200 keeps {name}'s choices {Draw.Margin} apart.");
        return null!;
    }

    /// <summary>Forward and backward of the layer, <c>Σ output·probe</c>, through autograd; the output.</summary>
    public Tensor Backward()
    {
        var output = Layer.forward(Input, Mask);
        (output * Probe).sum().backward();
        return output;
    }

    /// <summary>The same of the reference, its balance losses added to the loss.</summary>
    public void ReferenceBackward(double auxiliaryScale = 1)
    {
        var loss = (Reference.Y * Probe.to(ScalarType.Float64).view(Reference.Y.shape)).sum();
        (loss + (Reference.BalanceLoss * auxiliaryScale)).backward();
    }

    /// <summary>The gradient of a packed parameter.</summary>
    public Tensor GradientOf(string name) => Layer.get_parameter(name)!.grad ?? zeros_like(Layer.get_parameter(name)!);

    public void Dispose()
    {
        Layer.Dispose();
        _scope.Dispose();
    }
}
