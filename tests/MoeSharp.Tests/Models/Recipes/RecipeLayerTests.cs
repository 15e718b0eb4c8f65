using MoeSharp.Modules;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Recipes;

/// <summary>
/// Layers declared by a recipe alone train, and both lowerings agree. That a recipe is the words it stands for is shown on the generated code, and what the
/// words compute against independent references beside each of them.
/// </summary>
public class RecipeLayerTests
{
    private static readonly IReadOnlyDictionary<string, Func<MoeLayer>> s_layers = new Dictionary<string, Func<MoeLayer>>
    {
        ["DeepSeekMoe"] = () => new DeepSeekMoeLayer(),
        ["DeepSeekV2"] = () => new DeepSeekV2Layer(),
        ["DeepSeekV3"] = () => new DeepSeekV3Layer(),
        ["Mixtral"] = () => new MixtralLayer(),
        ["Switch"] = () => new SwitchLayer(),
        ["GShard"] = () => new GShardLayer(),
        ["OlMoe"] = () => new OlMoeLayer(),
        ["Qwen3Moe"] = () => new Qwen3MoeLayer(),
    };

    public static TheoryData<string> Names => [.. s_layers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void BothLoweringsAgree(string recipe)
    {
        using var scope = NewDisposeScope();
        var (kernels, torchOps) = (Run(recipe, Lowering.Kernels), Run(recipe, Lowering.Torch));

        // float64: sums of a dozen terms in another order differ in the last digits only.
        Assert.Equal(3, kernels.Count);
        Assert.All(kernels.Zip(torchOps), pair => Assert.True((pair.First - pair.Second).abs().max().item<double>() <= 1e-10 * (1 + pair.First.abs().max().item<double>())));
        Assert.All(kernels, each => Assert.True(each.abs().max().item<double>() > 0));
    }

    private static List<Tensor> Run(string recipe, Lowering lowering)
    {
        manual_seed(7);
        using var layer = s_layers[recipe]();
        layer.to(ScalarType.Float64);
        layer.Lowering = lowering;
        layer.Initialize(3);
        using var generator = new Generator(11, CPU);
        var x = randn([4, 8, 12], generator: generator, dtype: ScalarType.Float64).requires_grad_(true);
        var y = layer.forward(x);
        (y * y).sum().backward();
        return [y.detach().clone(), x.grad!.clone(), layer.get_parameter("gate.weight")!.grad!.clone()];
    }
}
