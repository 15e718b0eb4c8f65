using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>What the declared recomputation keeps, and what it chooses to compute again.</summary>
public sealed class RecomputeTests
{
    private const string Small = """
        [Transformer(Vocab = 256, Dim = 64, Layers = 3, DenseLayers = 1, Context = 128), Attention(Heads = 4, KvHeads = 2)]
        [FeedForward(Hidden = 192), Experts(8, Active = 2, Shared = 1, Hidden = 48), Gate(Sigmoid)]
        public partial class Model;
        """;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 100)];

    [Theory]
    [InlineData(RecomputeKind.None, 2976, 992)]
    [InlineData(RecomputeKind.Activations, 2128, 1120)]
    [InlineData(RecomputeKind.Block, 256, 1504)]
    public void A_small_model_keeps(RecomputeKind kind, long saved, long scratch)
    {
        ArenaSizes sizes = Sizes(Declared.Spec(Small), kind);

        // The residual stream's four rows of 64 are kept in any case.
        Assert.Equal(new ArenaSizes(256, saved, scratch), sizes);
    }

    /// <summary>Of a block only its input is left, which is a row of the residual stream; of a layer nothing, its input being the caller's.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_kind_keeps_less_than_the_one_before(int seed)
    {
        ModelSpec spec = RandomModels.Of(seed);
        var (all, activations, block) = (Sizes(spec, RecomputeKind.None), Sizes(spec, RecomputeKind.Activations), Sizes(spec, RecomputeKind.Block));

        Assert.InRange(activations.Saved, block.Saved, all.Saved);
        Assert.True(spec.IsLayer || (activations.Saved < all.Saved && block.Saved < activations.Saved));
        Assert.Equal(block.Residual, block.Saved);
    }

    /// <summary>A cheap op whose inputs are there is never kept, and no product, no sort and no gate runs twice.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_is_cheap_is_computed_again_and_nothing_else(int seed)
    {
        foreach (Function function in Program(RandomModels.Of(seed), RecomputeKind.Activations).Functions)
        {
            string[] read = [.. function.Backward.SelectMany(op => op.Reads).Select(value => value.Name)];
            Assert.All(function.Backward.Where(op => op.Recomputation == Recomputation.Again), op => Assert.True(OpCost.Of(op).IsCheap));
            Assert.All(
                function.Forward.Where(op => OpCost.Of(op).IsCheap && op.Outputs.Any(value => read.Contains(value.Name))),
                op => Assert.Contains(op.Reads, value => value.Kind == ValueKind.Result && !read.Contains(value.Name) && !read.Contains(value.Name + "_again")));
        }
    }

    /// <summary>What forward alone needs is not computed again: neither the last products nor what adds them up.</summary>
    [Fact]
    public void A_block_runs_again_without_what_its_output_needs()
    {
        TensorProgram program = Program(Declared.Spec(Small), RecomputeKind.Block);
        string[] Made(string name) => [.. program.Functions.Single(function => function.Name == name).Recomputed.SelectMany(op => op.Outputs).Select(value => value.Name)];

        Assert.Equal(["n", "rstd_n", "qkv", "qkv_rotated", "o", "log_sum_exp", "attended", "h", "u", "rstd_u", "gate_up", "a"], Made("dense_block"));
        Assert.Equal(
            [
                "n", "rstd_n", "qkv", "qkv_rotated", "o", "log_sum_exp", "attended", "h", "u", "rstd_u",
                "logits", "weights", "experts", "scores", "gate_up_shared", "a_shared", "gate_up_pairs",
            ],
            Made("moe_block"));
    }

    /// <summary>The rule that warns of a word without effect and the pass that has none agree.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_warning_is_given_where_nothing_is_chosen(int seed)
    {
        ModelSpec spec = RandomModels.Of(seed) with { Recompute = RecomputeKind.Activations };
        bool chooses = Program(spec, spec.Recompute).Functions.Any(function => function.Backward.Any(op => op.Recomputation == Recomputation.Again));

        Assert.Equal(!chooses, Check.Run(spec).Any(finding => finding.Id == "MOE0514"));
    }

    private static TensorProgram Program(ModelSpec spec, RecomputeKind kind) => Recompute.Run(Differentiate.Run(Lower.Run(spec)), kind);

    private static ArenaSizes Sizes(ModelSpec spec, RecomputeKind kind) => ArenaSizes.Of(Plan.Run(Fuse.Run(Program(spec, kind))));
}
