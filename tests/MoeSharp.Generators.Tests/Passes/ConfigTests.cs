using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>A run's configuration tells one gate from another, so that a run cannot go on with a gate it did not begin with.</summary>
public sealed class ConfigTests
{
    [Theory]
    [InlineData("Softmax", "scoring_func", "\"softmax\"")]
    [InlineData("NoisyTopK", "scoring_func", "\"noisy_top_k\"")]
    [InlineData("NoisyTopK", "norm_topk_prob", "true")]
    [InlineData("Softmax, Jitter = 0.01", "router_jitter_noise", "0.01d")]
    [InlineData("Softmax, SecondExpert = SecondExpert.Random", "gate_second_expert", "1d")]
    [InlineData("TwoLayer, Hidden = 16", "gate_hidden", "16d")]
    [InlineData("SubExpert, SubScores = 4", "gate_sub_scores", "4d")]
    [InlineData("Sigmoid, Groups = 4, TopGroups = 2, GroupScore = SumOfTwoBest", "group_score", "\"sum_of_two_best\"")]
    public void What_a_gate_declares_is_in_the_configuration(string gate, string field, string literal) => Assert.Contains((field, literal), Fields(gate));

    [Theory]
    [InlineData("Experts(8, Active = 2, Hidden = 32, Devices = 4)", "4")]
    [InlineData("Experts(8, Active = 2, Hidden = 32, Devices = 2), DeviceBalance", "2")]
    [InlineData("Experts(8, Active = 2, Hidden = 32), Gate(Softmax, Groups = 4, TopGroups = 2), DeviceBalance", "4")]
    [InlineData("Experts(16, Active = 2, Hidden = 32), DeepSeekV2", "8")]
    public void So_are_the_devices_that_something_is_said_of(string words, string devices) => Assert.Contains(("ep_size", devices), FieldsOf(words));

    [Theory]
    [InlineData("Experts(8, Active = 2, Hidden = 32, Devices = 1)")]
    [InlineData("Experts(8, Active = 2, Hidden = 32), Gate(Softmax, Groups = 4, TopGroups = 2)")]
    public void Others_are_not(string words) => Assert.DoesNotContain(FieldsOf(words), entry => entry.Name == "ep_size");

    /// <summary>A bias makes it the sum of the two best, unless the recipe says otherwise.</summary>
    [Theory]
    [InlineData("DeepSeekV2, BalanceBias", "\"maximum\"")]
    [InlineData("DeepSeekV2", null)]
    [InlineData("DeepSeekV3", null)]
    public void A_recipes_group_score_is_there_where_it_is_not_the_default(string words, string? literal) =>
        Assert.Equal(literal, FieldsOf("Experts(16, Active = 2, Hidden = 32), " + words).Where(entry => entry.Name == "group_score").Select(entry => entry.Literal).SingleOrDefault());

    [Theory]
    [InlineData("router_jitter_noise")]
    [InlineData("gate_second_expert")]
    [InlineData("group_score")]
    public void What_it_does_not_declare_is_not(string field) => Assert.DoesNotContain(Fields("Softmax"), entry => entry.Name == field);

    private static (string Name, string Literal)[] Fields(string gate) => FieldsOf($"Experts(8, Active = 2, Hidden = 32), Gate({gate})");

    private static (string Name, string Literal)[] FieldsOf(string words) =>
        [.. ConfigEmitter.Fields(Declared.Spec($"[Transformer(Vocab = 256, Dim = 64, Layers = 2, Context = 128), Attention(Heads = 4), {words}] public partial class Model;"))];
}
