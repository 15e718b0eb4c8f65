using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace MoeSharp.Tests.Models.Usings;

/// <summary>A file as users of TorchSharp write it: here Sigmoid is a method of <c>nn</c>, so the gate's kind is spelled out.</summary>
public partial class WithTorchSharpsUsings
{
    [Fact]
    public void ABlockRuns()
    {
        using var scope = NewDisposeScope();
        using var block = new Block();
        var output = block.forward(randn(2, 3, 8));
        Assert.Equal([2, 3, 4], output.shape);
        output.sum().backward();
        Assert.All(block.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Experts(4, Active = 2, Dim = 8, Hidden = 6)]
    [Gate(GateKind.Sigmoid)]
    private sealed partial class BlockExperts;

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly LayerNorm norm = LayerNorm(8);
        private readonly BlockExperts experts = new();
        private readonly Linear head = Linear(8, 4);

        public Block()
            : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor input) => head.forward(input + experts.forward(norm.forward(input)));
    }
}
