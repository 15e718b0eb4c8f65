using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>
/// Runs planned functions on a memory that knows only whose values it holds: an op finds every value it reads where the plan put it, and what it writes
/// overwrites nothing that it or a later op reads.
/// </summary>
public sealed class PlanTests
{
    private static readonly RecomputeKind[] Kinds = Enum.GetValues<RecomputeKind>();

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 100)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void No_value_is_overwritten_before_its_last_reader(int seed) => Assert.All(Kinds, kind => Assert.All(Planned(seed, kind), Run));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_place_is_aligned_and_inside_of_its_arena(int seed)
    {
        foreach (Function function in Kinds.SelectMany(kind => Planned(seed, kind)))
        {
            BufferPlan plan = function.Plan!;
            Assert.All([plan.SavedPerToken, plan.ForwardScratchPerToken, plan.BackwardScratchPerToken], size => Assert.Equal(0, size % 16));
            Assert.All(plan.Placements, placement => Assert.Equal(0, placement.Offset % 16));
            AssertInside(function.Forward, plan, plan.ForwardScratchPerToken);
            AssertInside(function.Backward, plan, plan.BackwardScratchPerToken);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_residual_streams_places_are_aligned(int seed)
    {
        TensorProgram program = Plan.Run(Fuse.Run(Differentiate.Run(Lower.Run(RandomModels.Of(seed)))));
        Assert.Equal(0, ArenaSizes.Of(program).Residual % 16);
        Assert.InRange(ArenaSizes.ResidualRow(program), program.Functions[0].Output.Shape.Columns, program.Functions[0].Output.Shape.Columns + 15);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_backward_reads_of_forward_is_kept_and_never_written_by_it(int seed)
    {
        foreach (Function function in Kinds.SelectMany(kind => Planned(seed, kind)))
        {
            string[] made = [.. function.Forward.SelectMany(op => op.Outputs).Select(value => value.Name)];
            Assert.All(
                function.Backward.SelectMany(op => op.Reads).Where(value => made.Contains(value.Name)),
                value => Assert.Equal(Home.Saved, function.Plan![value].Home));
            Assert.All(
                function.Backward.SelectMany(op => op.Outputs.Concat(op.Workspace)).Where(value => value.Kind == ValueKind.Result),
                value => Assert.NotEqual(Home.Saved, function.Plan![value].Home));
        }
    }

    /// <summary>Where memory is not worth more than time: see the remarks in the plan.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Only_values_that_are_alike_share_a_place(int seed)
    {
        foreach (Function function in Planned(seed))
        {
            AssertAlike(function.Forward, function.Plan!);
            AssertAlike(function.Backward, function.Plan!);
        }
    }

    [Fact]
    public void A_function_that_is_recomputed_is_packed_tightly()
    {
        Function function = Planned(seed: 1, RecomputeKind.Block).First(function => function.IsRecomputed);

        Assert.ThrowsAny<Exception>(() => AssertAlike(function.Backward, function.Plan!));
    }

    /// <summary>The simulated memory can fail: two values of one op in one place are found.</summary>
    [Fact]
    public void An_overlap_is_found()
    {
        Function function = Planned(seed: 1).First(function => function.Plan!.ForwardScratchPerToken > 0);
        BufferPlan plan = function.Plan!;
        var squeezed = plan with { Placements = new([.. plan.Placements.Select(placement => placement with { Offset = 0 })]) };

        Assert.ThrowsAny<Exception>(() => Run(function with { Plan = squeezed }));
    }

    /// <summary>
    /// What is made in another's columns is made all over that one's place: it overwrites what a product reads in the first columns, though it lies in the last.
    /// </summary>
    [Fact]
    public void An_overlap_with_what_lies_in_anothers_columns_is_found()
    {
        TensorProgram program = Plan.Run(Fuse.Run(Recompute.Run(
            Differentiate.Run(Lower.Run(Declared.Spec("[Transformer(Vocab = 256, Dim = 64, Layers = 1, Context = 128), Attention(Heads = 4)] public partial class Model;"))),
            RecomputeKind.Activations)));
        Function function = program.Functions.Single(function => function.IsBlock);
        BufferPlan plan = function.Plan!;
        Op product = function.Backward.First(op => op.Outputs[0].Name == "d_a");
        Value again = product.Inputs.Single(value => value.Name == "a_again");
        Run(function);

        var squeezed = plan with
        {
            Placements = new([.. plan.Placements.Select(placement => placement.Value == again.Name ? placement with { Offset = plan[product.Outputs[0]].Offset } : placement)]),
        };

        Assert.Equal(again.Shape.Columns, plan[product.Outputs[0]].Column);
        Assert.Contains("a_again", Assert.ThrowsAny<Exception>(() => Run(function with { Plan = squeezed })).Message);
    }

    private static IEnumerable<Function> Planned(int seed, RecomputeKind kind = RecomputeKind.None) =>
        Plan.Run(Fuse.Run(Recompute.Run(Differentiate.Run(Lower.Run(RandomModels.Of(seed))), kind))).Functions;

    private static void AssertInside(IEnumerable<Op> ops, BufferPlan plan, long scratch)
    {
        foreach (Value value in ops.SelectMany(op => op.Outputs.Concat(op.Workspace)).Where(value => value.Kind == ValueKind.Result))
        {
            Placement placement = plan[value];
            long end = placement.Offset + (placement.Column ?? 0) + value.Shape.PerToken;
            Assert.True(placement.Home == Home.Caller || end <= (placement.Home == Home.Saved ? plan.SavedPerToken : scratch), $"{value} ends at {end}");
        }
    }

    private static void AssertAlike(IEnumerable<Op> ops, BufferPlan plan)
    {
        Value[] values =
        [
            .. ops.SelectMany(op => op.Outputs.Concat(op.Workspace))
                .Where(value => value.Kind == ValueKind.Result && value.Shape.PerToken > 0 && plan[value].Home == Home.Scratch && plan[value].Root == value.Name),
        ];
        foreach (Value one in values)
        {
            Assert.All(
                values.Where(other => Start(one) < End(other) && Start(other) < End(one)),
                other => Assert.Equal((one.Shape, one.Type, Start(one)), (other.Shape, other.Type, Start(other))));
        }

        long Start(Value value) => plan[value].Offset;
        long End(Value value) => Start(value) + value.Shape.PerToken;
    }

    private static void Run(Function function)
    {
        var memory = new PlannedMemory(function);
        memory.Lend(function.Input);
        memory.Run(function.Forward);
        memory.AssertHolds(function.Output, "the caller");

        memory.TakeBack(function.Output);
        memory.Forget("scratch");
        if (function.IsRecomputed)
        {
            memory.Forget("saved");
            memory.Run(function.Recomputed);
            memory.Forget("scratch");
        }

        memory.Lend(function.OutputGradient!);
        memory.Run(function.Backward);
        memory.AssertHolds(function.Input, "the caller");
        if (function.InputGradient is { } inputGradient)
        {
            memory.AssertHolds(inputGradient, "the caller");
        }
    }
}
