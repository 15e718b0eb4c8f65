using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Whatever a pass does, what is read has been made before, and once.</summary>
public sealed class WellFormedTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_pass_leaves_every_value_made_once_before_it_is_read(int seed)
    {
        TensorProgram lowered = Lower.Run(RandomModels.Of(seed));
        TensorProgram differentiated = Differentiate.Run(lowered);
        Assert.All(lowered.Functions, AssertWellFormed);
        foreach (RecomputeKind kind in Enum.GetValues<RecomputeKind>())
        {
            TensorProgram recomputing = Recompute.Run(differentiated, kind);
            Assert.All(recomputing.Functions, AssertWellFormed);
            Assert.All(Fuse.Run(recomputing).Functions, AssertWellFormed);
        }
    }

    /// <summary>A gradient for every weight: what has none would never be trained.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_weight_gets_a_gradient(int seed) => Assert.All(
        Fuse.Run(Differentiate.Run(Lower.Run(RandomModels.Of(seed)))).Functions,
        function => Assert.Equal(
            function.Weights.Select(weight => "d" + weight.Value.Name).Order(),
            function.Backward.SelectMany(op => op.Outputs).Where(value => value.Kind == ValueKind.WeightGradient).Select(value => value.Name).Order()));

    /// <summary>Whatever is computed again, gradients are computed once: of all weights, by the same ops in the same order.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Recomputation_adds_ops_and_takes_none_away(int seed)
    {
        TensorProgram differentiated = Differentiate.Run(Lower.Run(RandomModels.Of(seed)));
        foreach (RecomputeKind kind in Enum.GetValues<RecomputeKind>())
        {
            foreach (var (before, after) in differentiated.Functions.Zip(Recompute.Run(differentiated, kind).Functions))
            {
                Assert.Equal(before.Forward.Select(op => op.Name), after.Forward.Select(op => op.Name));
                Assert.Equal(before.Backward.Select(op => op.Name), after.Backward.Where(op => op.Recomputation == Recomputation.None).Select(op => op.Name));
            }
        }
    }

    private static void AssertWellFormed(Function function)
    {
        var known = new HashSet<string>(function.Weights.Select(weight => weight.Value.Name)) { function.Input.Name };
        AssertWellFormed(function.Forward, known);
        Assert.Contains(function.Output.Name, known);
        if (function.OutputGradient is null)
        {
            return;
        }

        if (function.IsRecomputed)
        {
            // Nothing but the input is there when backward begins, and the values that are made again are forward's.
            known = [.. function.Weights.Select(weight => weight.Value.Name), function.Input.Name];
            AssertWellFormed(function.Recomputed, known);
        }

        known.Add(function.OutputGradient.Name);
        AssertWellFormed(function.Backward, known);
        Assert.True(function.InputGradient is null || known.Contains(function.InputGradient.Name), $"{function.Name} makes no {function.InputGradient}");
    }

    private static void AssertWellFormed(IEnumerable<Op> ops, HashSet<string> known)
    {
        foreach (Op op in ops)
        {
            Assert.All(op.Reads, value => Assert.True(known.Contains(value.Name), $"{op.Name} reads {value} before it is made"));
            Assert.All(op.Outputs.Concat(op.Workspace), value => Assert.True(known.Add(value.Name), $"{op.Name} makes {value} a second time"));
        }
    }
}
