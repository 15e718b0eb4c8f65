using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Pipeline;

public sealed class OutputTests
{
    private const string Words = "[Experts(8, Active = 2, Dim = 64, Hidden = 32)]";

    /// <summary>Wherever a class may stand, its half compiles beside it, under a name of its own.</summary>
    [Theory]
    [InlineData("Layer", Words + " public partial class Layer;")]
    [InlineData("Shop.Models.Layer", "namespace Shop.Models; " + Words + " public partial class Layer;")]
    [InlineData("Shop.Models.Layer", "namespace Shop { namespace Models { " + Words + " internal partial class Layer { } } }")]
    [InlineData("Outer.Layer", "public partial class Outer { " + Words + " private partial class Layer; }")]
    [InlineData("Shop.Outer-1.Middle.Layer-2", "namespace Shop; partial record struct Outer<T> { partial interface Middle { " + Words + " public partial class Layer<A, B> where A : class; } }")]
    [InlineData("Outer.Layer", "static partial class Outer { " + Words + " public sealed partial class Layer; }")]
    [InlineData("class.new.record", "namespace @class.@new; " + Words + " public partial class @record;")]
    [InlineData("Größe", Words + " public partial class Größe;")]
    [InlineData("Layer", Words + " public abstract partial class Layer : IComparable { public abstract int CompareTo(object? other); }")]
    public async Task A_half_compiles_wherever_the_class_stands(string name, string source)
    {
        Assert.Empty(await Compile.DiagnosticsAsync(source));
        Assert.All(Compile.Generate(source).Keys, hint => Assert.StartsWith(name + ".", hint));
    }

    [Fact]
    public async Task Words_over_several_parts_are_one_model()
    {
        string[] parts =
        [
            "[Transformer(Vocab = 256, Dim = 64, Layers = 4, Context = 128)] public partial class Model;",
            "[Attention(Heads = 4)] public partial class Model;",
            "[Experts(8, Active = 2, Hidden = 32), Gate(Sigmoid)] public partial class Model;",
        ];

        Assert.Empty(await Compile.DiagnosticsAsync(parts));
        Assert.Equal(Compile.Generate(string.Join("\n", parts)), Compile.Generate(parts));
    }

    [Fact]
    public void Types_whose_names_differ_only_in_case_both_get_their_members() => Assert.Equal(
        ["-L-A-Y-E-R.g.cs", "-Layer.g.cs"],
        Compile.Generate(Words + " public partial class Layer; " + Words + " public partial class LAYER;").Keys);

    [Theory]
    [InlineData("public class Layer;")]
    [InlineData("file partial class Layer;")]
    [InlineData("public partial class Layer(int x) { public int X => x; }")]
    public void A_class_that_cannot_have_a_second_half_gets_none(string declaration) => Assert.Empty(Compile.Generate(Words + declaration));

    [Theory]
    [InlineData("A.B`1+C", false, "A.B-1.C")]
    [InlineData("Ab", true, "-Ab")]
    [InlineData("a\u203Fb", false, "a-u203Fb")]
    public void A_hint_name_has_only_what_the_compiler_accepts(string metadataName, bool markCase, string expected) =>
        Assert.Equal(expected, HintNames.Of(metadataName, markCase));
}
