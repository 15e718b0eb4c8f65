using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MoeSharp.Generators.Tests.Harness;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace MoeSharp.Generators.Tests.Pipeline;

/// <summary>Why each step ran after an edit. A step that is unchanged or cached costs the user nothing; everything after it is skipped.</summary>
public sealed class CachingTests
{
    private const string Layer = "[Experts(8, Active = 2, Dim = 64, Hidden = 32)]\npublic partial class Layer;\n";

    private const string Model = """
        [Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128), Attention(Heads = 4), Experts(8, Active = 2, Hidden = 32)]
        public partial class Model;
        """;

    private const string Wrong = "[Experts(8, Active = 9, Dim = 64, Hidden = 32)]\npublic partial class Layer;\n";

    [Fact]
    public void The_same_compilation_runs_nothing()
    {
        Edit edit = Edit.From(Layer);

        Assert.Equal([Cached], edit.Reasons(TrackingNames.Specs, edit.Before));
        Assert.Equal([Cached], edit.Reasons(TrackingNames.Check, edit.Before));
        Assert.Equal([Cached], edit.OutputReasons(edit.Before));
    }

    [Fact]
    public void A_comment_binds_nothing() => AssertBindsNothing(Layer, "// A comment.\n" + Layer);

    [Fact]
    public void A_moved_declaration_stops_at_the_spec() => AssertStopsAtSpec(Layer, "public class Other;\n\n\n" + Layer);

    [Fact]
    public void A_member_of_the_users_own_stops_at_the_spec() =>
        AssertStopsAtSpec(Layer, Layer.Replace(";\n", "\n{\n    public int Answer => 42;\n}\n"));

    [Fact]
    public void Attributes_in_another_order_stop_at_the_spec() => AssertStopsAtSpec(
        "[BalanceBias, Gate(Sigmoid, Scale = 2)]" + Layer,
        "[Gate(Sigmoid, Scale = 2)]\n[BalanceBias]" + Layer);

    [Fact]
    public void Arguments_in_another_order_stop_at_the_spec() =>
        AssertStopsAtSpec(Layer, Layer.Replace("Active = 2, Dim = 64, Hidden = 32", "Hidden = 2 * 16, Dim = 64, Active = 2"));

    [Fact]
    public void A_suppressed_warning_binds_nothing() => AssertBindsNothing(
        "[Gate(Sigmoid, Groups = 4)]" + Layer,
        "#pragma warning disable MOE0208\n[Gate(Sigmoid, Groups = 4)]" + Layer);

    [Fact]
    public void A_mistake_that_moves_binds_nothing() => AssertBindsNothing(Wrong, "\n\n" + Wrong.Replace("Active = 9", "\n    Active = 9"));

    [Fact]
    public void An_unrelated_type_in_another_file_stops_at_the_spec()
    {
        Edit edit = Edit.From(Layer);

        AssertStopsAtSpec(edit, edit.Before.AddSyntaxTrees(Compile.Parse("public class Unrelated;", "Unrelated.cs")));
    }

    [Fact]
    public void A_changed_attribute_runs_everything()
    {
        Edit edit = Edit.From(Layer);
        CSharpCompilation after = edit.With(Layer.Replace("Active = 2", "Active = 3"));

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, after));
        Assert.Equal([Modified], edit.Reasons(TrackingNames.Check, after));
        Assert.Equal([Modified], edit.OutputReasons(after));
    }

    [Fact]
    public void A_changed_attribute_runs_its_own_model_alone()
    {
        Edit edit = Edit.From(Layer, Layer.Replace("class Layer", "class Second"));
        CSharpCompilation after = edit.With(Layer.Replace("Active = 2", "Active = 3"));

        Assert.Equal([Modified, Unchanged], edit.Reasons(TrackingNames.Specs, after));
        Assert.Equal([Modified, Cached], edit.OutputReasons(after));
    }

    [Fact]
    public void A_model_runs_as_a_model_and_never_as_a_layer_too()
    {
        Edit edit = Edit.From(Model);
        CSharpCompilation after = edit.With("public class Other;\n" + Model);

        Assert.Equal([Unchanged], edit.Reasons(TrackingNames.Specs, after));
        Assert.Equal([Cached], edit.Reasons(TrackingNames.Check, after));
        Assert.Equal([Cached], edit.OutputReasons(after));
    }

    [Fact]
    public void An_attribute_of_the_same_name_elsewhere_runs_nothing()
    {
        Edit edit = Edit.From("namespace Other { class ExpertsAttribute : Attribute; [Other.Experts] partial class NotOurs; }");

        Assert.Equal([], edit.Reasons(TrackingNames.Specs, edit.With("namespace Other { }")));
    }

    /// <summary>Less still than stopping at the spec: no symbol is looked at.</summary>
    private static void AssertBindsNothing(string before, string after)
    {
        Edit edit = Edit.From(before);
        CSharpCompilation edited = edit.With(after);

        Assert.Equal([Cached], edit.Reasons(TrackingNames.Specs, edited));
        Assert.Equal([Cached], edit.OutputReasons(edited));
    }

    private static void AssertStopsAtSpec(string before, string after)
    {
        Edit edit = Edit.From(before);
        AssertStopsAtSpec(edit, edit.With(after));
    }

    private static void AssertStopsAtSpec(Edit edit, CSharpCompilation after)
    {
        Assert.Equal([Unchanged], edit.Reasons(TrackingNames.Specs, after));
        Assert.Equal([Cached], edit.Reasons(TrackingNames.Check, after));
        Assert.Equal([Cached], edit.OutputReasons(after));
    }
}
