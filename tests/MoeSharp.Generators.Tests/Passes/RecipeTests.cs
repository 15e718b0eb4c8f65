using System.Collections.Immutable;
using MoeSharp.Generators.Spec.Recipes;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>A recipe is the words that it stands for, and words beside it override it argument by argument.</summary>
public sealed class RecipeTests
{
    /// <summary>Each recipe with the scheme of its paper or configuration, word by word.</summary>
    public static TheoryData<string, int, string> Schemes => new()
    {
        { "DeepSeekMoe", 4, "[Gate(Softmax), ExpertBalance(0.001)]" },
        {
            "DeepSeekV2", 4, """
            [Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16)]
            [ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true)]
            [DeviceCapacity(1.0, Devices = 8, Exempt = 0.1)]
            """
        },
        { "DeepSeekV3", 4, "[Gate(Sigmoid, Groups = 8, TopGroups = 4, Scale = 2.5), BalanceBias(Rate = 0.001), SequenceBalance(0.0001)]" },
        { "Mixtral", 2, "[Gate(Softmax, Normalize = true), SwitchBalance(0.02, Dialect = HuggingFace)]" },
        { "Switch", 1, "[Gate(Softmax, Jitter = 0.01), Capacity(1.25, By = Position), SwitchBalance(0.01)]" },
        { "GShard", 2, "[Gate(Softmax, SecondExpert = SecondExpert.Random), Capacity(1.0, By = Position), SwitchBalance(0.01, FirstChoice = true)]" },
        { "OlMoe", 4, "[Gate(Softmax), SwitchBalance(0.01, Dialect = HuggingFace), RouterZLoss(0.001)]" },
        { "Qwen3Moe", 4, "[Gate(Softmax, Normalize = true), SwitchBalance(0.001, GlobalBatch = true)]" },
    };

    [Theory]
    [MemberData(nameof(Schemes))]
    public void The_generated_program_is_that_of_its_words(string recipe, int active, string words) =>
        AssertSameProgram(Layer(active, words), Layer(active, $"[{recipe}]"));

    [Theory]
    [InlineData("[Mixtral] [Gate(Softmax, Scale = 2)]", "[Gate(Softmax, Normalize = true, Scale = 2), SwitchBalance(0.02, Dialect = HuggingFace)]")]
    [InlineData("[Mixtral, SwitchBalance(0.001)]", "[Gate(Softmax, Normalize = true), SwitchBalance(0.001, Dialect = HuggingFace)]")]
    [InlineData("[Mixtral, RouterZLoss]", "[Gate(Softmax, Normalize = true), SwitchBalance(0.02, Dialect = HuggingFace), RouterZLoss]")]
    [InlineData("[GShard, DeviceCapacity(1.0, Devices = 4)]", "[Gate(Softmax, SecondExpert = SecondExpert.Random), DeviceCapacity(1.0, Devices = 4), SwitchBalance(0.01, FirstChoice = true)]")]
    [InlineData("[GShard, Dropless]", "[Gate(Softmax, SecondExpert = SecondExpert.Random), SwitchBalance(0.01, FirstChoice = true)]")]
    [InlineData(
        "[DeepSeekV2, Dropless]",
        "[Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16), ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true)]")]
    [InlineData("[Mixtral, Dropless]", "[Gate(Softmax, Normalize = true), SwitchBalance(0.02, Dialect = HuggingFace)]")]
    [InlineData("[DeepSeekV3] [Gate(Sigmoid, Scale = 1)]", "[Gate(Sigmoid, Groups = 8, TopGroups = 4), BalanceBias, SequenceBalance]")]
    [InlineData(
        "[DeepSeekV2, DeviceCapacity(1.5)]",
        "[Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16), ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true), DeviceCapacity(1.5, Devices = 8)]")]
    [InlineData(
        "[DeepSeekV2] [Gate(Softmax, Groups = 4)]",
        "[Gate(Softmax, Groups = 4, TopGroups = 3, Scale = 16), ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true), DeviceCapacity(1.0, Devices = 4)]")]
    [InlineData(
        "[DeepSeekV2] [Gate(Softmax, Groups = 4), DeviceCapacity(2.0, Devices = 2)]",
        "[Gate(Softmax, Groups = 4, TopGroups = 3, Scale = 16), ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true), DeviceCapacity(2.0, Devices = 2)]")]
    [InlineData(
        "[DeepSeekV2] [Gate(Softmax, Groups = 1, TopGroups = 1)]",
        "[Gate(Softmax, Scale = 16), ExpertBalance(0.003, PerSequence = true), DeviceBalance(0.05, PerSequence = true), CommunicationBalance(0.02, PerSequence = true), DeviceCapacity(1.0, Devices = 8)]")]
    public void A_word_beside_it_overrides_what_it_names(string overridden, string words) => AssertSameProgram(Layer(2, words), Layer(2, overridden));

    /// <summary>As if the loss was never declared, and without a word about the weight.</summary>
    [Theory]
    [InlineData(
        "[DeepSeekV2, DeviceBalance(0)]",
        "[Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16), ExpertBalance(0.003, PerSequence = true), CommunicationBalance(0.02, PerSequence = true), DeviceCapacity(1.0, Devices = 8)]")]
    [InlineData(
        "[DeepSeekV2, ExpertBalance(weight: 0, PerSequence = false), CommunicationBalance(0, Limit = 9)]",
        "[Gate(Softmax, Groups = 8, TopGroups = 3, Scale = 16), DeviceBalance(0.05, PerSequence = true), DeviceCapacity(1.0, Devices = 8)]")]
    [InlineData("[OlMoe, SwitchBalance(0), RouterZLoss(0)]", "[Gate(Softmax)]")]
    [InlineData("[Mixtral, SwitchBalance(0), ExpertBalance(0.1)]", "[Gate(Softmax, Normalize = true), ExpertBalance(0.1)]")]
    [InlineData("[Mixtral, SwitchBalance(0), Gate(GateKind.ExpertChoice)]", "[Gate(GateKind.ExpertChoice)]")]
    public async Task A_loss_of_weight_0_beside_it_takes_its_loss_out(string overridden, string words)
    {
        AssertSameProgram(Layer(2, words), Layer(2, overridden));
        Assert.Empty(await Compile.DiagnosticsAsync(Layer(2, overridden)));
    }

    [Fact]
    public void Every_recipe_has_a_scheme_and_says_in_the_header_what_it_sets()
    {
        Assert.Equal(RecipeTable.All.Select(recipe => recipe.Word), Schemes.Select(row => (string)row[0]));
        Assert.All(Schemes, row => Assert.All(
            RecipeTable.Of((string)row[0]).Settings,
            word => Assert.Contains($"//   {word}\n", Compile.Generate(Layer((int)row[1], $"[{row[0]}]"))["Layer.g.cs"])));
    }

    private static string Layer(int active, string words) => $"""
        [Experts(16, Active = {active}, Shared = 1, Dim = 64, Hidden = 32)]
        {words}
        public partial class Layer;
        """;

    private static void AssertSameProgram(string expected, string actual)
    {
        ImmutableSortedDictionary<string, string> words = Compile.Generate(expected), recipe = Compile.Generate(actual);
        Assert.Equal(words.Keys, recipe.Keys);
        Assert.Equal(3, words.Count);
        Assert.All(words, file => Assert.Equal(Body(file.Value), Body(recipe[file.Key])));
    }

    /// <summary>Without the lines of the header.</summary>
    private static string Body(string file) => file[file.IndexOf("// </auto-generated>", StringComparison.Ordinal)..];
}
