using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Spec.Balance;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>
/// A declared loss is followed through the backward ops to a weight. What a user can write always has that path, so gaps are cut into programs here; losses that
/// cannot change are in the cases of MOE0416.
/// </summary>
public sealed class LossPathTests
{
    private static readonly ModelSpec Layer = Declared.Spec("""
        [Experts(8, Active = 2, Dim = 64, Hidden = 32, Devices = 4)]
        [Gate(NoisyTopK)]
        [SequenceBalance, DeviceBalance, CommunicationBalance, SwitchBalance, ImportanceLoss, LoadLoss, UsageDeviation, RouterZLoss]
        public partial class Layer;
        """);

    private static readonly ModelSpec Model = Declared.Spec("""
        [Transformer(Vocab = 256, Dim = 64, Layers = 3, DenseLayers = 1, Context = 128), Attention(Heads = 4), Experts(8, Active = 2, Hidden = 32)]
        [Gate(TwoLayer, LearnedNoise = true), ExpertBalance, RouterZLoss]
        public partial class Model;
        """);

    [Fact]
    public void Every_loss_of_the_table_has_a_path()
    {
        Assert.Equal(BalanceTable.All.Select(row => row.Word), Layer.BalanceLosses.Concat(Model.BalanceLosses).Select(loss => loss.Word).Distinct().OrderBy(Order));
        Assert.Empty(Lost(Layer));
        Assert.Empty(Lost(Model));

        static int Order(string word) => Array.FindIndex(BalanceTable.All, row => row.Word == word);
    }

    /// <summary>Backward forgot one loss: that one is reported, at its word, and no other.</summary>
    [Theory]
    [InlineData("DeviceBalance")]
    [InlineData("LoadLoss")]
    [InlineData("RouterZLoss")]
    public void A_part_that_backward_does_not_have_is_reported(string word)
    {
        Finding found = Assert.Single(Lost(Layer, op => op.Name == OpNames.RouteBackward
            ? op with { Parts = new([.. op.Parts.Where(part => part.Name != BalanceTable.Of(word).Key)]) }
            : op));

        Assert.Equal(new("MOE0416", word, "", new([word, "no operation of the backward pass carries it to a weight, which is a mistake of the compiler and to be reported"])), found);
    }

    /// <summary>The logits' loss goes to the router alone; the others also to the weight of the noise.</summary>
    [Fact]
    public void A_gradient_that_ends_before_its_weight_is_reported() => Assert.Equal(
        ["RouterZLoss"],
        Lost(Layer, op => op.Outputs[0].Name == "dw_router" ? null : op).Select(finding => finding.Word));

    [Fact]
    public void Without_any_weight_of_the_gate_every_loss_is_reported() => Assert.Equal(
        Layer.BalanceLosses.Select(loss => loss.Word),
        Lost(Layer, op => IsRouter(op) ? null : op).Select(finding => finding.Word));

    /// <summary>A longer way: through the second product and the activation to the first. The other loss reaches the weight of the noise before.</summary>
    [Fact]
    public void A_path_through_several_ops_is_found_and_its_gap_too()
    {
        Assert.Empty(Lost(Model, op => IsSecond(op) ? null : op));
        Assert.Equal(["RouterZLoss"], Lost(Model, op => IsSecond(op) || op.Name == OpNames.GeluBackward ? null : op).Select(finding => finding.Word));

        static bool IsSecond(Op op) => op.Outputs[0].Name == "dw_router_2";
    }

    private static bool IsRouter(Op op) => op.Outputs[0].Name.StartsWith("dw_router", StringComparison.Ordinal);

    /// <summary>What the pass finds in a program in which some ops are others, or gone.</summary>
    private static EquatableArray<Finding> Lost(ModelSpec spec, Func<Op, Op?>? change = null)
    {
        TensorProgram program = Differentiate.Run(Lower.Run(spec));
        return LossPaths.Run(spec, program with
        {
            Functions = new([.. program.Functions.Select(function => function with { Backward = new([.. function.Backward.Select(change ?? (op => op)).OfType<Op>()]) })]),
        });
    }
}
