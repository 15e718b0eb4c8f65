using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoeSharp.Tests.Bridge;

/// <summary>Modules as a user writes them in ordinary TorchSharp.</summary>
public class ModuleTests
{
    [Fact]
    public void NamesAreThoseOfTheFields()
    {
        using var net = new Net();
        Assert.Equal(
            ["gain", "first.weight", "first.bias", "blocks.0.weight", "blocks.1.weight", "tail.0.weight", "tail.2.weight", "tail.2.bias"],
            net.named_parameters().Select(pair => pair.name));
        Assert.Contains("steps", net.state_dict().Keys);
        Assert.DoesNotContain("plain", net.state_dict().Keys);
        Assert.Equal("steps", Assert.Single(net.named_buffers()).name);
        Assert.True(net.has_parameter("blocks.1.weight"));
        Assert.Null(net.get_parameter("blocks.2.weight"));
        Assert.Equal("m.gain", net.state_dict(prefix: "m").Keys.First());
    }

    [Fact]
    public void StateLoadsByNameAndSaysWhatDiffers()
    {
        using var net = new Net();
        using var other = new Net();
        using var input = randn(5, 4);
        net.load_state_dict(other.state_dict());
        using var expected = other.call(input);
        using var found = net.call(input);
        Assert.Equal(expected.data<float>().ToArray(), found.data<float>().ToArray());

        var partial = other.state_dict();
        partial.Remove("gain");
        Assert.Throws<InvalidOperationException>(() => net.load_state_dict(partial));
        var (missing, unexpected) = net.load_state_dict(partial, strict: false);
        Assert.Equal(["gain"], missing);
        Assert.Empty(unexpected);
    }

    [Fact]
    public void MovingChangesEveryFloatAndTheFieldsThatHoldThem()
    {
        using var net = new Net();
        var moved = net.to(float64);
        Assert.Same(net, moved);
        Assert.All(net.parameters(), parameter => Assert.Equal(float64, parameter.dtype));
        Assert.Equal(float64, net.gain.dtype);
        Assert.Equal(int64, net.steps.dtype); // a buffer of integers stays what it is
        using var input = randn(5, 4, dtype: float64);
        using var output = net.call(input);
        Assert.Equal(float64, output.dtype);
        Assert.All(net.parameters(), parameter => Assert.True(parameter is { requires_grad: true, is_leaf: true }));
        Assert.Throws<ArgumentException>(() => net.to(int64));
    }

    [Fact]
    public void TrainingAndGradientsReachEveryModule()
    {
        using var net = new Net();
        net.eval();
        Assert.All(net.modules(), module => Assert.False(module.training));
        net.train();
        Assert.All(net.modules(), module => Assert.True(module.training));
        using var input = randn(5, 4);
        net.call(input).sum().backward();
        Assert.All(net.parameters(), parameter => Assert.NotNull(parameter.grad));
        net.zero_grad();
        Assert.All(net.parameters(), parameter => Assert.Null(parameter.grad));
    }

    [Fact]
    public void RegisteringTwiceIsRefused()
    {
        using var net = new Net();
        Assert.Throws<InvalidOperationException>(() => net.register_parameter("gain", Parameter(ones(1))));
        Assert.Throws<InvalidOperationException>(() => net.register_buffer("steps", ones(1)));
        Assert.Throws<ArgumentException>(() => net.register_module("a.b", Linear(1, 1)));
    }

    [Fact]
    public void ParametersOutliveTheScopeOfTheirLayerOnlyWhenTheyAreKept()
    {
        Linear layer;
        using (NewDisposeScope()) layer = Linear(2, 2);
        Assert.False(layer.weight.IsInvalid);
        layer.Dispose();
    }

    [Fact]
    public void HooksSeeAndChange()
    {
        using var layer = Identity();
        var calls = 0;
        layer.register_forward_pre_hook((_, input) =>
        {
            calls++;
            return input * 2;
        });
        var post = layer.register_forward_hook((_, _, output) => output + 1);
        using var one = ones(1);
        Assert.Equal(3, layer.call(one).item<float>());
        post.remove();
        Assert.Equal(2, layer.call(one).item<float>());
        Assert.Equal(2, calls);
    }

    [Fact]
    public void LossesAndLayersHaveTheirValues()
    {
        using var scope = NewDisposeScope();
        var logits = zeros(2, 4);
        Assert.Equal(Math.Log(4), functional.cross_entropy(logits, tensor(new long[] { 1, 3 })).ToDouble(), 1e-6);
        Assert.Equal(2.5, functional.mse_loss(tensor(new float[] { 1, 2 }), tensor(new float[] { 0, 0 })).ToDouble(), 1e-6);
        var normal = LayerNorm(2).call(tensor(new float[] { 1, 3 }, [1, 2]));
        Assert.Equal([-1f, 1f], normal.data<float>().ToArray().Select(v => MathF.Round(v, 4)));
        var table = Embedding(3, 2);
        Assert.Equal(table.weight![1].data<float>().ToArray(), table.call(tensor(new long[] { 1 })).data<float>().ToArray());
    }

    [Fact]
    public void AdamWTakesTheStepItsPaperSays()
    {
        using var x = Parameter(tensor(new double[] { 1.0 }));
        using var optimizer = optim.AdamW([x], lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 0, weight_decay: 0.5);
        (x * 3).sum().backward();
        optimizer.step();
        // one step: decay by 1 - 0.1·0.5, then 0.1·m̂/√v̂ = 0.1 whatever the gradient
        Assert.Equal((1 * 0.95) - 0.1, x.item<double>(), 1e-12);
        optimizer.zero_grad();
        Assert.Equal(0.0, x.grad!.item<double>());
    }

    [Fact]
    public void SgdWithMomentumAddsUp()
    {
        using var x = Parameter(tensor(new double[] { 1.0 }));
        using var optimizer = optim.SGD([x], 0.1, momentum: 0.5);
        for (var i = 0; i < 2; i++)
        {
            optimizer.zero_grad();
            (x * 2).sum().backward();
            optimizer.step();
        }

        Assert.Equal(1 - (0.1 * 2) - (0.1 * 3), x.item<double>(), 1e-12);
    }

    [Fact]
    public void ClippingScalesToTheNorm()
    {
        using var x = Parameter(zeros(2, dtype: float64));
        (x * tensor(new double[] { 3, 4 })).sum().backward();
        Assert.Equal(5, TorchSharp.torch.nn.utils.clip_grad_norm_([x], 1), 1e-12);
        Assert.Equal(1, x.grad!.norm().ToDouble(), 1e-5); // 1/(5 + 1e-6), as PyTorch has it
    }

    private sealed class Net : Module<Tensor, Tensor>
    {
        public Parameter gain = Parameter(ones(4));
        public Tensor steps = zeros(1, dtype: int64);
        private readonly Linear first = Linear(4, 4);
        private readonly ModuleList<Linear> blocks = ModuleList(Linear(4, 4, hasBias: false), Linear(4, 4, hasBias: false));
        private readonly Sequential tail = Sequential(Linear(4, 4, false), SiLU(), Linear(4, 1));
        private readonly int plain = 3;

        public Net() : base(nameof(Net)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            var x = first.call(input) * gain * (plain / 3);
            foreach (var block in blocks) x = x + block.call(x);
            return tail.call(x);
        }
    }
}
