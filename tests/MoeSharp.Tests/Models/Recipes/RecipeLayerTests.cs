using MoeSharp.Modules;
using MoeSharp.Runtime;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Recipes;

/// <summary>
/// Layers declared by a recipe alone train, both lowerings agree, and they are the words they stand for to the last bit. What the words compute is tested
/// against independent references beside each of them.
/// </summary>
public class RecipeLayerTests
{
    private static readonly IReadOnlyDictionary<string, (Func<MoeLayer> Recipe, Func<MoeLayer> Words)> s_layers = new Dictionary<string, (Func<MoeLayer>, Func<MoeLayer>)>
    {
        ["DeepSeekMoe"] = (() => new DeepSeekMoeLayer(), () => new DeepSeekMoeWords()),
        ["DeepSeekV2"] = (() => new DeepSeekV2Layer(), () => new DeepSeekV2Words()),
        ["DeepSeekV3"] = (() => new DeepSeekV3Layer(), () => new DeepSeekV3Words()),
        ["Mixtral"] = (() => new MixtralLayer(), () => new MixtralWords()),
        ["Switch"] = (() => new SwitchLayer(), () => new SwitchWords()),
        ["GShard"] = (() => new GShardLayer(), () => new GShardWords()),
        ["OlMoe"] = (() => new OlMoeLayer(), () => new OlMoeWords()),
        ["Qwen3Moe"] = (() => new Qwen3MoeLayer(), () => new Qwen3MoeWords()),
    };

    public static TheoryData<string> Names => [.. s_layers.Keys];

    public static TheoryData<string, ScalarType> NamesAndTypes
    {
        get
        {
            var data = new TheoryData<string, ScalarType>();
            foreach (var name in s_layers.Keys)
            {
                data.Add(name, ScalarType.Float64);
                data.Add(name, ScalarType.Float32);
                data.Add(name, ScalarType.BFloat16);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BothLoweringsAgree(string recipe)
    {
        using var scope = NewDisposeScope();
        var kernels = Run(s_layers[recipe].Recipe, ScalarType.Float64, Lowering.Kernels);
        var torchOps = Run(s_layers[recipe].Recipe, ScalarType.Float64, Lowering.Torch);

        // float64: sums of a dozen terms in another order differ in the last digits only.
        Assert.All(kernels, each => Assert.True(
            (each.Value - torchOps[each.Key]).abs().max().item<double>() <= 1e-10 * (1 + torchOps[each.Key].abs().max().item<double>()), each.Key));
    }

    /// <summary>The same program on the same numbers: not a bit may differ, in any type.</summary>
    [Theory]
    [MemberData(nameof(NamesAndTypes))]
    public void ARecipeIsItsWords(string recipe, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (own, words) = (Run(s_layers[recipe].Recipe, type, Lowering.Auto), Run(s_layers[recipe].Words, type, Lowering.Auto));
        Assert.Equal(words.Keys, own.Keys);
        Assert.All(own, each => Assert.Equal(words[each.Key].bytes.ToArray(), each.Value.bytes.ToArray()));

        // Output, gradient of the input, router, two maps of the routed experts and two of the shared one; none of them NaN, or nothing at all.
        Assert.Equal(7, own.Count);
        Assert.All(own, each => Assert.InRange(each.Value.to(ScalarType.Float64).abs().max().item<double>(), 1e-12, 1e6));
        Assert.All(own, each => Assert.True(each.Value.to(ScalarType.Float64).isfinite().all().item<bool>(), each.Key));
    }

    /// <summary>The output and every gradient, the losses' in them, of a pass in training from one state of the random numbers.</summary>
    private static Dictionary<string, Tensor> Run(Func<MoeLayer> create, ScalarType type, Lowering lowering)
    {
        using var layer = create();
        layer.Initialize(3);
        layer.to(type);
        layer.Lowering = lowering;
        layer.GateRandomState = new GateRandomState(5, 0);
        using var generator = new Generator(11, CPU);
        var x = randn([4, 8, 12], generator: generator, dtype: ScalarType.Float32).to(type).requires_grad_(true);
        var y = layer.forward(x);
        (y * y).sum().backward();
        var results = layer.Parameters.Layout.ToDictionary(info => info.Name, info => layer.get_parameter(info.Name)!.grad!.clone());
        results["output"] = y.detach().clone();
        results["gradient of the input"] = x.grad!.clone();
        return results;
    }
}
