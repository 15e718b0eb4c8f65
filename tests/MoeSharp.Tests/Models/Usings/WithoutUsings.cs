namespace MoeSharp.Tests.Models.Usings;

/// <summary>A file without a single using: the language's words need no prefix.</summary>
public partial class WithoutUsings
{
    [Xunit.Fact]
    public void ALayerRuns()
    {
        using var layer = new Layer();
        using var input = TorchSharp.torch.randn(5, 8);
        using var output = layer.forward(input);
        Xunit.Assert.Equal([5, 8], output.shape);
    }

    [Experts(4, Active = 2, Dim = 8, Hidden = 6)]
    [Gate(Sigmoid)]
    [Recompute(Block)]
    private sealed partial class Layer;
}
