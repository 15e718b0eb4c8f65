using MoeSharp.Tests.Models.Cases;
using MoeSharp.Tests.Models.Declared;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MoeSharp.Tests.Models.Module;

/// <summary>Hugging Face's names in <c>state_dict</c>, and the way back.</summary>
public class StateDictTests
{
    private static readonly string[] s_ofLayer =
    [
        "gate.weight", "gate.e_score_correction_bias", "shared_experts.gate_proj.weight", "shared_experts.up_proj.weight", "shared_experts.down_proj.weight",
        .. Enumerable.Range(0, 8).SelectMany(OfExpert),
    ];

    private static readonly string[] s_ofModel =
    [
        "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight",
        .. Enumerable.Range(0, 2).SelectMany(layer => new[]
        {
            "input_layernorm.weight", "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight", "self_attn.o_proj.weight",
            "post_attention_layernorm.weight", "mlp.gate.weight",
        }.Concat(Enumerable.Range(0, 4).SelectMany(OfExpert).Select(name => "mlp." + name)).Select(name => $"model.layers.{layer}.{name}")),
    ];

    [Fact]
    public void OfALayer()
    {
        using var scope = NewDisposeScope();
        using var layer = new SigmoidGroups();
        var state = layer.state_dict();
        Assert.Equal(s_ofLayer.Order(), state.Keys.Order());
        Assert.Equal([6, 10], state["experts.5.gate_proj.weight"].shape);
        Assert.Equal([10, 6], state["experts.5.down_proj.weight"].shape);
        Assert.Equal([8, 10], state["gate.weight"].shape);
    }

    [Fact]
    public void OfAModel()
    {
        using var scope = NewDisposeScope();
        using var model = new SoftmaxModel();
        var state = model.state_dict();
        Assert.Equal(s_ofModel.Order(), state.Keys.Order());
        Assert.Equal([12, 10], state["model.layers.1.self_attn.q_proj.weight"].shape);
        Assert.Equal([6, 10], state["model.layers.1.self_attn.v_proj.weight"].shape);
    }

    [Fact]
    public void ATiedHeadHasNoWeightOfItsOwn()
    {
        using var scope = NewDisposeScope();
        using var model = new SparseModel();
        Assert.DoesNotContain("lm_head.weight", model.state_dict().Keys);
        Assert.Contains("model.layers.0.mlp.gate_proj.weight", model.state_dict().Keys);
        Assert.Contains("model.layers.1.mlp.gate.e_score_correction_bias", model.state_dict().Keys);
    }

    [Fact]
    public void InsideAModuleNoPackedNameIsLeft()
    {
        using var scope = NewDisposeScope();
        using var outer = new Grandparent();
        string[] expected = ["norm.weight", "norm.bias", "head.weight", "head.bias", .. s_ofLayer.Select(name => "moe." + name)];
        Assert.Equal(expected.Select(name => "block." + name).Order(), outer.state_dict().Keys.Order());
    }

    [Fact]
    public void ASequentialLoadsWhatItListed()
    {
        // TorchSharp's Sequential does not ask its modules for their names, so the packed ones may be among them.
        using var scope = NewDisposeScope();
        using var from = nn.Sequential(new SigmoidGroups());
        using var into = nn.Sequential(new SigmoidGroups());
        into.load_state_dict(from.state_dict());
        using var input = Draw.Normal(12, 1, ScalarType.Float32, 2, 5, 10);
        Assert.Equal(from.forward(input).bytes.ToArray(), into.forward(input).bytes.ToArray());
    }

    [Fact]
    public void LoadingCopiesIntoTheViews()
    {
        using var scope = NewDisposeScope();
        using var from = new Parent();
        using var into = new Parent();
        Draw.Fill(from.Experts, 11);
        var flat = into.Experts.Parameters.Weights;
        into.load_state_dict(from.state_dict());
        Assert.Same(flat, into.Experts.Parameters.Weights);
        Assert.True(from.Experts.Parameters.Weights.allclose(into.Experts.Parameters.Weights, 0, 0));

        using var input = Draw.Normal(12, 1, ScalarType.Float32, 2, 5, 10);
        Assert.Equal(from.forward(input).bytes.ToArray(), into.forward(input).bytes.ToArray());
    }

    [Fact]
    public void ReadingCopiesNothing()
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw();
        using (no_grad())
        {
            layer.state_dict()["experts.2.up_proj.weight"].fill_(7);
        }

        Assert.Equal(4 * 8, layer.Parameters.Weights.eq(7).sum().item<long>());
        Assert.Equal(4 * 8, layer.named_parameters().Single(named => named.name == "experts.gate_up_proj").parameter[2].narrow(0, 4, 4).eq(7).sum().item<long>());
    }

    [Fact]
    public void AnotherShapeIsRefusedByName()
    {
        using var scope = NewDisposeScope();
        using var layer = new SoftmaxRaw();
        var state = new SoftmaxRaw().state_dict();
        state["experts.3.down_proj.weight"] = zeros(8, 5);
        var before = layer.Parameters.Weights.clone();
        var refused = Assert.Throws<ArgumentException>(() => layer.load_state_dict(state));
        Assert.Contains("'experts.3.down_proj.weight' is [8, 4] in SoftmaxRaw and [8, 5] in the state dictionary", refused.Message, StringComparison.Ordinal);
        Assert.True(before.allclose(layer.Parameters.Weights, 0, 0), "Nothing was overwritten.");
    }

    private static IEnumerable<string> OfExpert(int expert) =>
        new[] { "gate", "up", "down" }.Select(name => $"experts.{expert}.{name}_proj.weight");
}
