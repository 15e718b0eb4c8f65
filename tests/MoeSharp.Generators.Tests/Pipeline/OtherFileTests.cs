using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MoeSharp.Generators.Tests.Harness;
using static Microsoft.CodeAnalysis.IncrementalStepRunReason;

namespace MoeSharp.Generators.Tests.Pipeline;

/// <summary>
/// Edits of another file than the declaration's. A body there costs nothing; whatever an argument or the class can depend on is never missed.
/// </summary>
public sealed class OtherFileTests
{
    private const string Layer = "[Experts(8, Active = 2, Dim = 64, Hidden = Sizes.Hidden)]\npublic partial class Layer;\n";

    private const string Sizes = "public static class Sizes { public const int Hidden = 32; }\n";

    [Theory]
    [InlineData("static class Other { static int Answer() { return 42; } }", "static class Other { static int Answer() { var x = 6; return x * 7; } }")]
    [InlineData("static class Other { static int Answer() => 42; }", "static class Other { static int Answer() => 43; }")]
    [InlineData("class Other { int Answer { get { return 42; } } }", "class Other { int Answer { get { return 43; } } }")]
    [InlineData("class Other { int answer = 42; }", "class Other { int answer = 43; }")]
    [InlineData("Console.WriteLine(42);", "int.Parse(\"43\"); Console.WriteLine(43);")]
    [InlineData("var answer = 42; Console.WriteLine(answer);", "var answer = 43; Console.WriteLine(answer + 1);")]
    public void A_body_binds_nothing(string before, string after)
    {
        Edit edit = Edit.From(Layer, Sizes, before);
        CSharpCompilation edited = edit.With(3, after);

        Assert.Equal([Cached], edit.Reasons(TrackingNames.Specs, edited));
        Assert.Equal([Cached], edit.OutputReasons(edited));
    }

    [Theory]
    [InlineData("static class Other { static int Answer() => 42; }", "static class Other { static long Answer() => 42; }")]
    [InlineData("Console.WriteLine(42);", "var answer = 42; Console.WriteLine(answer);")]
    [InlineData("Console.WriteLine(42);", "Console.WriteLine(42); class Late;")]
    public void What_has_no_body_is_looked_at_and_stops_at_the_spec(string before, string after)
    {
        Edit edit = Edit.From(Layer, Sizes, before);
        CSharpCompilation edited = edit.With(3, after);

        Assert.Equal([Unchanged], edit.Reasons(TrackingNames.Specs, edited));
        Assert.Equal([Cached], edit.OutputReasons(edited));
    }

    [Theory]
    [InlineData("public const int Hidden = 32;", "public const int Hidden = 48;")]
    [InlineData("public const int Hidden = Two * 16; private const int Two = 2;", "public const int Hidden = Two * 16; private const int Two = 3;")]
    [InlineData("public const int Hidden = (int)Size.Small; enum Size { Small = 32 }", "public const int Hidden = (int)Size.Small; enum Size { Small = 48 }")]
    [InlineData("public const int Hidden = 32;", "public static readonly int Hidden = 32;")]
    [InlineData("public const int Hidden = 32;", "")]
    public void A_constant_that_changes_is_seen(string before, string after)
    {
        Edit edit = Edit.From(Layer, $"public static class Sizes {{ {before} }}");
        CSharpCompilation edited = edit.With(2, $"public static class Sizes {{ {after} }}");

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edited));
        Assert.Equal([Modified], edit.OutputReasons(edited));
    }

    [Fact]
    public void Another_type_of_the_constants_name_is_seen()
    {
        Edit edit = Edit.From("namespace Shop { " + Layer + " }", Sizes, "namespace Shop { class Other; }");

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edit.With(3, "namespace Shop { static class Sizes { public const int Hidden = 48; } }")));
    }

    [Fact]
    public void Another_meaning_of_a_using_is_seen()
    {
        const string Both = "namespace A { class Sizes { public const int Hidden = 32; } } namespace B { class Sizes { public const int Hidden = 48; } }";
        Edit edit = Edit.From(Layer, Both, "global using A;");

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edit.With(3, "global using B;")));
    }

    [Fact]
    public void A_symbol_of_the_preprocessor_is_seen()
    {
        Edit edit = Edit.From(Layer, "#if !LARGE\n" + Sizes + "#else\n" + Sizes.Replace("32", "48") + "#endif\n");
        SyntaxTree[] large = [.. edit.Before.SyntaxTrees.Select(tree =>
            CSharpSyntaxTree.ParseText(tree.GetText(), Compile.Options.WithPreprocessorSymbols("LARGE"), tree.FilePath))];

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edit.Before.RemoveAllSyntaxTrees().AddSyntaxTrees(large)));
    }

    [Fact]
    public void A_word_on_another_part_is_seen()
    {
        Edit edit = Edit.From(Layer, Sizes, "public partial class Layer;");

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edit.With(3, "[Gate(Sigmoid)] public partial class Layer;")));
    }

    [Fact]
    public void A_base_on_another_part_is_seen()
    {
        Edit edit = Edit.From(Layer, Sizes, "public partial class Layer;");

        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, edit.With(3, "public partial class Layer : List<int>;")));
    }

    [Fact]
    public void A_constant_of_another_project_is_seen_and_a_body_there_is_not()
    {
        CSharpCompilation library = Library("32", "return 42;");
        Edit edit = Edit.From(Compile.Source(Layer).AddReferences(library.ToMetadataReference()));
        CSharpCompilation After(CSharpCompilation changed) =>
            edit.Before.ReplaceReference(edit.Before.ExternalReferences[^1], changed.ToMetadataReference());

        Assert.Equal([Cached], edit.Reasons(TrackingNames.Specs, After(Library("32", "return 43;"))));
        Assert.Equal([Modified], edit.Reasons(TrackingNames.Specs, After(Library("48", "return 42;"))));
    }

    [Theory]
    [InlineData("global using Routed = MoeSharp.ExpertsAttribute;", "Routed")]
    [InlineData("global using RoutedAttribute = MoeSharp.ExpertsAttribute;", "Routed")]
    [InlineData("global using Language = MoeSharp;", "Language.Experts")]
    [InlineData("global using Language = MoeSharp;", "Language::ExpertsAttribute")]
    public void A_word_by_another_name_is_found(string alias, string word)
    {
        Edit edit = Edit.From(Layer.Replace("Experts", word), Sizes, "");

        Assert.Equal([], edit.Reasons(TrackingNames.Specs, edit.Before));
        Assert.Equal([New], edit.Reasons(TrackingNames.Specs, edit.With(3, alias)));
    }

    private static CSharpCompilation Library(string hidden, string body) => Compile
        .Source(Sizes.Replace("32", hidden), $"public static class Other {{ public static int Answer() {{ {body} }} }}")
        .WithAssemblyName("Library");
}
