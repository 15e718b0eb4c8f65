using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>A user's block around a generated layer.</summary>
internal sealed class Parent : nn.Module<Tensor, Tensor>
{
    private readonly LayerNorm norm = nn.LayerNorm(10);
    private readonly SigmoidGroups moe = new();
    private readonly Linear head = nn.Linear(10, 3);

    public Parent()
        : base(nameof(Parent)) => RegisterComponents();

    public SigmoidGroups Experts => moe;

    public override Tensor forward(Tensor input) => head.forward(input + moe.forward(norm.forward(input)));
}

/// <summary>A module around the block.</summary>
internal sealed class Grandparent : nn.Module<Tensor, Tensor>
{
    private readonly Parent block = new();

    public Grandparent()
        : base(nameof(Grandparent)) => RegisterComponents();

    public override Tensor forward(Tensor input) => block.forward(input);
}
