using MoeSharp.Generators.Ir;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Passes.Lowering;

namespace MoeSharp.Generators.Tests.Passes;

/// <summary>Each rewrite on functions built by hand: where it applies, and where a second reader forbids it.</summary>
public sealed class FuseTests
{
    private static readonly Value X = Rows("x") with { Kind = ValueKind.Input };
    private static readonly Value Acc = Rows("acc");
    private static readonly Value T = Rows("t");
    private static readonly Value Sum = Rows("sum");
    private static readonly Value Pairs = Rows("d_u_pairs");
    private static readonly Value DY = Rows("d_y") with { Kind = ValueKind.Input };
    private static readonly Value DH = Rows("d_h");
    private static readonly Value W = new("w", new Shape(8, 8), ValueKind.Weight);
    private static readonly Value DW = new("dw", new Shape(8, 8), ValueKind.WeightGradient);

    [Fact]
    public void A_norm_takes_in_the_sum_before_it_and_the_sum_stays_readable()
    {
        var builder = new FunctionBuilder(X);
        Value h = builder.Add("h", X, builder.Linear("r", X, W));
        Value u = builder.RmsNorm("u", h, W);

        Function fused = Fused(builder.Build("f", "", builder.Add("y", h, u)));

        Op norm = Assert.Single(fused.Forward, op => op.Name == OpNames.AddRmsNorm);
        Assert.Equal(["h", "u", "rstd_u"], norm.Outputs.Select(value => value.Name));
        Assert.Equal(["x", "r", "w"], norm.Inputs.Select(value => value.Name));
        Assert.Equal([OpNames.Linear, OpNames.AddRmsNorm, OpNames.Add], Names(fused.Forward));
    }

    [Fact]
    public void A_norm_of_something_else_leaves_the_sum_alone()
    {
        var builder = new FunctionBuilder(X);
        Value h = builder.Add("h", X, X);
        Value u = builder.RmsNorm("u", X, W);

        Assert.Equal([OpNames.Add, OpNames.RmsNorm, OpNames.Add], Names(Fused(builder.Build("f", "", builder.Add("y", h, u))).Forward));
    }

    [Fact]
    public void Combine_takes_in_all_sums_after_it()
    {
        var builder = new FunctionBuilder(X);
        Value mixed = builder.Add("mixed", X, Experts(builder));

        Function fused = Fused(builder.Build("f", "", builder.Add("y", X, mixed)));

        Op experts = Assert.Single(fused.Forward);
        Assert.Equal("y", experts.Outputs[0].Name);
        Assert.Equal([X, X], experts.Plus);
    }

    [Fact]
    public void Combine_leaves_a_sum_whose_term_has_a_second_reader()
    {
        var builder = new FunctionBuilder(X);
        Value routed = Experts(builder);
        Value mixed = builder.Add("mixed", X, routed);

        Assert.Equal([OpNames.Experts, OpNames.Add, OpNames.Add], Names(Fused(builder.Build("f", "", builder.Add("y", mixed, routed))).Forward));
    }

    [Fact]
    public void Combine_leaves_a_sum_whose_term_is_the_functions_output()
    {
        var builder = new FunctionBuilder(X);
        Value routed = Experts(builder);
        builder.Add("unused", X, routed);

        Assert.Equal([OpNames.Experts, OpNames.Add], Names(Fused(builder.Build("f", "", routed)).Forward));
    }

    [Fact]
    public void Combine_leaves_a_sum_that_backward_reads_the_term_of()
    {
        var builder = new FunctionBuilder(X);
        Value routed = Experts(builder);
        Function function = builder.Build("f", "", builder.Add("y", X, routed)) with
        {
            Backward = new([new Op(OpNames.SwiGluBackward, [DY, routed], [T])]),
        };

        Assert.Equal([OpNames.Experts, OpNames.Add], Names(Fused(function).Forward));
    }

    [Fact]
    public void A_product_adds_to_the_gradient_that_is_there()
    {
        Op product = Assert.Single(Backward(Add(Acc, T)), op => op.Name == OpNames.LinearBackward);

        Assert.Equal((Sum, Acc), (product.Outputs[0], product.Into));
    }

    [Fact]
    public void A_contribution_with_a_second_reader_stays() => AssertStays(Add(Acc, T), Read(T));

    [Fact]
    public void An_accumulator_that_is_read_later_stays() => AssertStays(Add(Acc, T), Read(Acc));

    [Fact]
    public void An_accumulator_that_the_product_itself_reads_stays() => AssertStays(Add(DY, T));

    [Fact]
    public void An_accumulator_that_the_caller_gets_stays() =>
        Assert.DoesNotContain(Fused(Function([Add(Acc, T)]) with { InputGradient = Acc }).Backward, op => op.Into is not null);

    [Fact]
    public void A_sum_in_the_other_order_stays() => AssertStays(Add(T, Acc));

    [Fact]
    public void A_rotation_overwrites_what_nobody_else_reads()
    {
        var builder = new FunctionBuilder(X);
        Function fused = Fused(builder.Build("f", "", Rope(builder, builder.Linear("q", X, W))));

        Assert.True(fused.Forward[1].InPlace);
    }

    [Fact]
    public void A_rotation_leaves_what_has_a_second_reader()
    {
        var builder = new FunctionBuilder(X);
        Value q = builder.Linear("q", X, W);
        Value rotated = Rope(builder, q);

        Assert.DoesNotContain(Fused(builder.Build("f", "", builder.Add("y", q, rotated))).Forward, op => op.InPlace);
    }

    [Fact]
    public void A_rotation_leaves_what_is_the_callers()
    {
        var builder = new FunctionBuilder(X);

        Assert.False(Fused(builder.Build("f", "", Rope(builder, X))).Forward[0].InPlace);
    }

    [Theory]
    [InlineData(OpNames.SwiGluBackward, true)]
    [InlineData(OpNames.GeluBackward, false)]
    [InlineData(OpNames.ReluBackward, false)]
    public void An_activations_backward_overwrites_what_a_product_made_for_it(string name, bool gated)
    {
        Op op = Backward(new Op(name, [T, X], [Sum])).Last();

        Assert.Equal((gated, !gated), (op.FromLastColumns, op.InPlace));
    }

    [Fact]
    public void An_activations_backward_leaves_what_has_a_second_reader() => AssertOverwritesNothing(new Op(OpNames.SwiGluBackward, [T, X], [Sum]), Read(T));

    [Fact]
    public void An_activations_backward_leaves_what_is_the_callers() => AssertOverwritesNothing(new Op(OpNames.SwiGluBackward, [DY, X], [Sum]));

    [Fact]
    public void An_activations_backward_leaves_what_no_product_made() => AssertOverwritesNothing(new Op(OpNames.GeluBackward, [Acc, X], [Sum]));

    [Fact]
    public void An_activations_backward_leaves_what_was_added_to_another_gradient() =>
        AssertOverwritesNothing(Add(Acc, T), new Op(OpNames.SwiGluBackward, [Sum, X], [DH]));

    [Fact]
    public void Both_gradients_of_a_product_are_computed_side_by_side()
    {
        Op both = Assert.Single(Products(Weight(DY, X), new Op(OpNames.LinearBackward, [DY, W], [T]) { Into = Acc }), op => op.Outputs.Contains(T));

        Assert.Equal((OpNames.LinearGradients, Acc), (both.Name, both.Into));
        Assert.Equal([DY, W, X], both.Inputs);
        Assert.Equal([T, DW], both.Outputs);
    }

    [Fact]
    public void Products_of_two_gradients_stay() => AssertNotBoth(Weight(Acc, X), new Op(OpNames.LinearBackward, [DY, W], [T]));

    [Fact]
    public void A_product_into_what_the_other_reads_stays() => AssertNotBoth(Weight(DY, Acc), new Op(OpNames.LinearBackward, [DY, W], [T]) { Into = Acc });

    [Fact]
    public void Products_with_something_between_stay() => AssertNotBoth(Weight(DY, X), Read(X), new Op(OpNames.LinearBackward, [DY, W], [T]));

    [Fact]
    public void A_norms_backward_takes_in_what_the_experts_hand_back()
    {
        Op[] ops = [.. Scattered(new Op(OpNames.JitterBackward, [DY], [T]) { Into = Acc }, new Op(OpNames.JitterBackward, [DY], [Sum]) { Into = T })];

        Assert.Equal(Pairs, ops[0].Outputs[0]);
        Assert.Empty(ops[0].Workspace);
        Assert.Equal((Acc, null), (ops[1].Outputs[0], ops[1].Into));
        Assert.Equal((Sum, Acc), (ops[2].Outputs[0], ops[2].Into));
        Assert.Equal((Sum, Pairs), (ops[3].Inputs[0], Assert.Single(ops[3].Plus)));
    }

    [Fact]
    public void A_norms_backward_right_after_the_only_other_gradient_takes_it_in()
    {
        Op[] ops = [.. Scattered(new Op(OpNames.JitterBackward, [DY], [Sum]) { Into = Acc })];

        Assert.Equal((Acc, null), (ops[1].Outputs[0], ops[1].Into));
        Assert.Equal((Acc, Pairs), (ops[2].Inputs[0], Assert.Single(ops[2].Plus)));
    }

    [Fact]
    public void What_the_experts_hand_back_and_another_reads_is_summed_there() =>
        Assert.Equal(Acc, Scattered(Read(Acc), new Op(OpNames.JitterBackward, [DY], [Sum]) { Into = Acc }).First().Outputs[0]);

    [Fact]
    public void What_no_norm_reads_is_summed_there() =>
        Assert.Equal(Acc, Scattered(new Op(OpNames.JitterBackward, [DY], [T]) { Into = Acc }, Read(T), Read(T)).First().Outputs[0]);

    [Fact]
    public void What_experts_hand_back_goes_through_the_norm_in_rows_that_no_other_core_has_read()
    {
        Op[] ops = [.. TwoNorms(DY)];

        Assert.True(ops[2].InPlace);
        Assert.Null(ops[2].Into);
        Assert.Equal([Pairs, DY], ops[2].Plus);
        Assert.Equal(DH, ops[3].Into);
    }

    [Fact]
    public void What_is_added_to_another_gradient_than_the_callers_stays_there()
    {
        Op[] ops = [.. TwoNorms(X)];

        Assert.Equal((X, false), (ops[2].Into, ops[2].InPlace));
    }

    /// <summary>The backward of experts, whose input's gradient is <c>acc</c>, what follows, and a norm's backward of <c>sum</c>.</summary>
    private static IEnumerable<Op> Scattered(params Op[] between) =>
        Fused(Function([]) with
        {
            InputGradient = DY,
            Backward = new(
            [
                new Op(OpNames.ExpertsBackward, [DY], [Acc]).WithWorkspace(Pairs), .. between, new Op(OpNames.RmsNormBackward, [Sum, X, W, X], [Rows("d_h"), DW]),
            ]),
        }).Backward;

    /// <summary>The backward of a norm behind experts, added to a gradient, and that of another norm into the same.</summary>
    private static IEnumerable<Op> TwoNorms(Value gradient) =>
        Fused(Function([]) with
        {
            InputGradient = Rows("d_x"),
            Backward = new(
            [
                new Op(OpNames.ExpertsBackward, [DY], [Acc]).WithWorkspace(Pairs),
                new Op(OpNames.JitterBackward, [DY], [Sum]) { Into = Acc },
                new Op(OpNames.RmsNormBackward, [Sum, X, W, X], [DH, DW]) { Into = gradient },
                new Op(OpNames.RmsNormBackward, [T, X, W, X], [Rows("d_x"), DW]) { Into = DH },
            ]),
        }).Backward;

    private static Value Rows(string name) => FunctionBuilder.Rows(name, 8);

    private static Value Experts(FunctionBuilder builder) => builder.Append(new Op(OpNames.Experts, [X, X, X, W, W], [Rows("routed"), Rows("gate_up_pairs")]));

    private static Value Rope(FunctionBuilder builder, Value value) => builder.Append(new Op(OpNames.Rope, [value], [Rows("rotated")]));

    private static Op Add(Value a, Value b) => new(OpNames.Add, [a, b], [Sum]);

    private static Op Read(Value value) => new(OpNames.SwiGluBackward, [DY, value], [Rows("read")]);

    /// <summary>A backward of <c>acc</c>, the product <c>t = d_y·w</c>, and what follows.</summary>
    private static Function Function(IEnumerable<Op> rest)
    {
        var builder = new FunctionBuilder(X);
        return builder.Build("f", "", builder.Add("y", X, X)) with
        {
            OutputGradient = DY,
            InputGradient = Sum,
            Backward = new([new Op(OpNames.SwiGluBackward, [DY, X], [Acc]), new Op(OpNames.LinearBackward, [DY, W], [T]), .. rest]),
        };
    }

    private static IEnumerable<Op> Backward(params Op[] rest) => Fused(Function(rest)).Backward;

    private static Op Weight(Value dY, Value x) => new(OpNames.LinearWeightGradient, [dY, x], [DW]);

    private static IEnumerable<Op> Products(params Op[] products) =>
        Fused(Function([]) with { Backward = new([new Op(OpNames.SwiGluBackward, [DY, X], [Acc]), .. products]) }).Backward;

    private static void AssertNotBoth(params Op[] products) => Assert.DoesNotContain(OpNames.LinearGradients, Names(Products(products)));

    private static void AssertOverwritesNothing(params Op[] rest) =>
        Assert.DoesNotContain(Fused(Function(rest) with { InputGradient = DH }).Backward, op => op.FromLastColumns || op.InPlace);

    private static void AssertStays(params Op[] rest) => Assert.Contains(OpNames.Add, Names(Backward(rest)));

    private static Function Fused(Function function) => Fuse.Run(new TensorProgram("p", new([function]))).Functions[0];

    private static IEnumerable<string> Names(IEnumerable<Op> ops) => ops.Select(op => op.Name);
}
