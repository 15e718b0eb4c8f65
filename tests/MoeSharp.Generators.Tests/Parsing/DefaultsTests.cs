extern alias library;

using System.Globalization;
using System.Reflection;
using MoeSharp.Generators.Gates;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;

namespace MoeSharp.Generators.Tests.Parsing;

public sealed class DefaultsTests
{
    private const string Model = "[Transformer(Vocab = 256, Dim = 96, Layers = 4, Context = 128), Attention(Heads = 4)]";

    [Fact]
    public void What_a_model_leaves_out_is_filled_in()
    {
        ModelSpec spec = Parse(Model + "[Experts(8, Active = 2, Hidden = 32), Train(Batch = 8, Steps = 10)] partial class Model;");

        Assert.Equal(new TransformerSpec(256, 96, 4, DenseLayers: 0, 128, TieEmbeddings: false), spec.Transformer);
        Assert.Equal(new AttentionSpec(4, KvHeads: 4, HeadDim: 24, RopeTheta: 10000), spec.Attention);
        Assert.Equal(new ExpertsSpec(8, 2, Shared: 0, 32, Dim: 96) { Whole = 32 }, spec.Experts);
        Assert.Equal(new GateSpec(GateKind.Softmax, 1, 1, 1, Normalize: false), spec.Gate);
        Assert.Equal(new TrainSpec(8, 10, Seed: 1, Sequence: 128, MicroBatches: 1, LogEvery: 20, EvaluateEvery: 500, CheckpointEvery: 500, Precision.Float32), spec.Train);
        Assert.Equal(new AdamWSpec(0.0003, 0.9, 0.95, 1e-8, 0.1), spec.AdamW);
        Assert.Null(spec.WarmupCosine);
        Assert.Null(spec.ClipGradients);
        Assert.Null(spec.BalanceBias);
        Assert.Empty(spec.BalanceLosses);
        Assert.Equal(RecomputeKind.None, spec.Recompute);
    }

    [Theory]
    [InlineData("Recompute(Block)", RecomputeKind.Block)]
    [InlineData("Recompute(kind: RecomputeKind.Activations)", RecomputeKind.Activations)]
    public void The_kind_of_recomputation_is_read(string word, RecomputeKind kind) => Assert.Equal(kind, Parse($"[Experts(8), {word}] partial class Layer;").Recompute);

    /// <summary>8/3 of the width, rounded up to a multiple of 64, at the widths where rounding shows.</summary>
    [Theory]
    [InlineData(24, 64)]
    [InlineData(25, 128)]
    [InlineData(256, 704)]
    [InlineData(4096, 10944)]
    public void Dense_layers_are_eight_thirds_wide(int dim, int hidden) =>
        Assert.Equal(hidden, Parse($"[Transformer(Vocab = 256, Dim = {dim}, Layers = 4, Context = 128), Attention(Heads = 1)] partial class M;").FeedForward!.Hidden);

    /// <summary>Two matrices of 4·Dim cost what three of 8/3·Dim do.</summary>
    [Theory]
    [InlineData("Relu", 100)]
    [InlineData("Gelu", 100)]
    [InlineData("SwiGlu", 128)]
    public void Dense_layers_with_two_matrices_are_four_times_as_wide(string activation, int hidden) => Assert.Equal(
        hidden,
        Parse($"[Transformer(Vocab = 256, Dim = 25, Layers = 4, Context = 128), Attention(Heads = 1), FeedForward(Activation = {activation})] partial class M;").FeedForward!.Hidden);

    [Fact]
    public void Segments_split_every_expert_and_multiply_their_number()
    {
        ExpertsSpec split = Parse("[Experts(16, Active = 2, Shared = 2, Dim = 64, Hidden = 1408, Segments = 4)] partial class Layer;").Experts!;

        Assert.Equal((64, 8, 2, 352), (split.Count, split.Active, split.Shared, split.Hidden));
        Assert.True(split.IsSegmented);
    }

    [Fact]
    public void Every_layer_of_a_model_without_experts_is_dense() => Assert.Equal(4, Parse(Model + "partial class Model;").Transformer!.DenseLayers);

    [Theory]
    [InlineData("Gate(Sigmoid)", true)]
    [InlineData("Gate(Softmax)", false)]
    [InlineData("Gate(Sigmoid, Normalize = false)", false)]
    [InlineData("Gate(Softmax, Normalize = true)", true)]
    public void A_sigmoid_gate_normalises_unless_told_otherwise(string gate, bool normalize) =>
        Assert.Equal(normalize, Parse($"[Experts(8, Active = 2, Dim = 64, Hidden = 32), {gate}] partial class Layer;").Gate.Normalize);

    [Theory]
    [InlineData("Gate(Sigmoid, Groups = 4)", 4)]
    [InlineData("Gate(Sigmoid, Groups = 4, TopGroups = 2)", 2)]
    public void All_groups_are_eligible_by_default(string gate, int topGroups) =>
        Assert.Equal(topGroups, Parse($"[Experts(8, Active = 2, Dim = 64, Hidden = 32), {gate}] partial class Layer;").Gate.TopGroups);

    [Fact]
    public void Values_are_read_by_position_by_parameter_and_by_property()
    {
        ModelSpec spec = Parse("[Experts(count: 2 * 4, Active = Two, Dim = 64, Hidden = 32), SequenceBalance(1), ExpertBalance(weight: 2)] partial class Layer { const int Two = 2; }");

        Assert.Equal(new ExpertsSpec(8, 2, 0, 32, 64) { Whole = 32 }, spec.Experts);
        Assert.Equal([new BalanceLossSpec("SequenceBalance", 1), new BalanceLossSpec("ExpertBalance", 2)], spec.BalanceLosses);
        Assert.True(spec.Declares("Experts.Count"));
        Assert.False(spec.Declares("Experts.Shared"));
    }

    private static object? Plain(object? value) => value is Enum word ? word.ToString() : value;

    /// <summary>The parser repeats the attributes' defaults; this holds the two together, word by word and property by property.</summary>
    [Theory]
    [InlineData("Transformer", nameof(ModelSpec.Transformer))]
    [InlineData("Attention", nameof(ModelSpec.Attention), "KvHeads", "HeadDim")]
    [InlineData("Experts(8)", nameof(ModelSpec.Experts), "Count", "Devices")]
    [InlineData("FeedForward", nameof(ModelSpec.FeedForward))]
    [InlineData("Gate(Softmax)", nameof(ModelSpec.Gate), "Kind", "TopGroups")]
    [InlineData("BalanceBias", nameof(ModelSpec.BalanceBias))]
    [InlineData("Capacity(1.25)", nameof(ModelSpec.Capacity), "Factor")]
    [InlineData("DeviceCapacity", nameof(ModelSpec.DeviceCapacity))]
    [InlineData("Train", nameof(ModelSpec.Train), "Sequence")]
    [InlineData("AdamW", nameof(ModelSpec.AdamW))]
    [InlineData("WarmupCosine(10)", nameof(ModelSpec.WarmupCosine), "WarmupSteps")]
    [InlineData("ClipGradients", nameof(ModelSpec.ClipGradients))]
    public void Defaults_are_those_of_the_attributes(string word, string property, params string[] computed)
    {
        // Beside [Experts], so that DenseLayers keeps its own default; [Experts] itself stands alone.
        string words = word.StartsWith("Experts", StringComparison.Ordinal) ? word : $"Experts(8), {word}";
        object spec = typeof(ModelSpec).GetProperty(property)!.GetValue(Parse($"[{words}] partial class Layer;"))!;
        Attribute attribute = Declared(word.Split('(')[0]);

        foreach (PropertyInfo value in spec.GetType().GetProperties().Where(value => !computed.Contains(value.Name)))
        {
            if (attribute.GetType().GetProperty(value.Name) is { } declared)
            {
                // An enum of the library and the generator's own of the same name are two types.
                Assert.Equal(Plain(declared.GetValue(attribute)), Plain(value.GetValue(spec)));
            }
        }
    }

    /// <summary>The options of one kind of gate alone are in its row of the table.</summary>
    [Fact]
    public void Defaults_of_a_kinds_own_options_are_those_of_the_attribute()
    {
        Attribute attribute = Declared("Gate");

        Assert.All(
            GateTable.All.SelectMany(row => row.Own),
            own => Assert.Equal(own.Value, Convert.ToDouble(attribute.GetType().GetProperty(own.Name)!.GetValue(attribute), CultureInfo.InvariantCulture)));
    }

    /// <summary>An option of the attribute that no kind knows would always be an error.</summary>
    [Fact]
    public void Every_option_of_a_gate_is_known_to_some_kind() => Assert.Equal(
        typeof(library::MoeSharp.GateAttribute).GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(property => property.Name).Where(name => name != "Kind").Order(),
        GateTable.Options.Order());

    [Fact]
    public void Every_kind_of_gate_has_its_row() => Assert.Equal(Enum.GetValues<GateKind>(), GateTable.All.Select(row => row.Kind).Order());

    [Theory]
    [InlineData("Gate(Sigmoid)", "Maximum")]
    [InlineData("BalanceBias, Gate(Sigmoid)", "SumOfTwoBest")]
    [InlineData("BalanceBias, Gate(Sigmoid, GroupScore = GroupScore.Maximum)", "Maximum")]
    [InlineData("Gate(Sigmoid, GroupScore = SumOfTwoBest)", "SumOfTwoBest")]
    public void A_group_is_scored_by_its_two_best_where_there_is_a_bias_unless_told_otherwise(string words, string score) =>
        Assert.Equal(score, Parse($"[Experts(8, Active = 2, Dim = 64, Hidden = 32), {words}] partial class Layer;").Gate.GroupScore.ToString());

    [Theory]
    [InlineData("Gate(Softmax)", false)]
    [InlineData("Gate(Softmax, SecondExpert = SecondExpert.Random)", true)]
    [InlineData("Gate(NoisyTopK)", true)]
    [InlineData("Gate(TwoLayer)", false)]
    [InlineData("Gate(ExpertChoice)", false)]
    public void Each_kind_has_its_own_default_of_normalising(string gate, bool normalize) =>
        Assert.Equal(normalize, Parse($"[Experts(8, Active = 2, Dim = 64, Hidden = 32), {gate}] partial class Layer;").Gate.Normalize);

    public static TheoryData<string> Losses => [.. BalanceTable.All.Select(row => row.Word)];

    /// <summary>Every row of the table has its attribute, with the same weight and the same options at the same defaults.</summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void Defaults_of_losses_are_those_of_the_attributes(string word)
    {
        Attribute attribute = Declared(word);
        BalanceLossSpec loss = Parse($"[Experts(8), {word}] partial class Layer;").BalanceLosses.Single();
        var declared = attribute.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .ToDictionary(property => property.Name, property => Convert.ToDouble(property.GetValue(attribute), System.Globalization.CultureInfo.InvariantCulture));

        Assert.Equal(declared, loss.Options.Append(new NamedNumber("Weight", loss.Weight)).ToDictionary(option => option.Name, option => option.Value));
    }

    [Theory]
    [InlineData("SwitchBalance(0.5, Dialect = HuggingFace, FirstChoice = true)", "Dialect", 1)]
    [InlineData("SwitchBalance(FirstChoice = true)", "FirstChoice", 1)]
    [InlineData("CommunicationBalance(Limit = 3)", "Limit", 3)]
    [InlineData("ExpertBalance(PerSequence = true)", "PerSequence", 1)]
    public void Options_of_losses_are_read(string word, string option, double value) =>
        Assert.Equal(value, Parse($"[Experts(8), {word}] partial class Layer;").BalanceLosses.Single()[option]);

    [Theory]
    [InlineData("Experts(8)", 1)]
    [InlineData("Experts(8, Devices = 2)", 2)]
    [InlineData("Experts(8), Gate(Softmax, Groups = 4, TopGroups = 2)", 4)]
    [InlineData("Experts(8, Devices = 8), Gate(Softmax, Groups = 4, TopGroups = 2)", 8)]
    public void The_devices_are_the_groups_unless_told_otherwise(string words, int devices) =>
        Assert.Equal(devices, Parse($"[{words}] partial class Layer;").Experts!.Devices);

    /// <summary>An attribute as an unadorned word makes it: optional parameters at their defaults, others at 0.</summary>
    private static Attribute Declared(string word)
    {
        Type type = typeof(library::MoeSharp.TransformerAttribute).Assembly.GetType($"MoeSharp.{word}Attribute", throwOnError: true)!;
        ConstructorInfo constructor = type.GetConstructors().Single();
        return (Attribute)constructor.Invoke([.. constructor.GetParameters().Select(Default)]);
    }

    private static object? Default(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? parameter.DefaultValue : Activator.CreateInstance(parameter.ParameterType);

    private static ModelSpec Parse(string source) => Harness.Declared.Spec(source);
}
