using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Diagnostics;

public sealed class CompilerErrorTests
{
    /// <summary>Where the compiler already rejects an attribute, it is heard alone, and the members are there all the same.</summary>
    [Theory]
    [InlineData("CS0029", "[Experts(8, Active = \"2\", Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS1503", "[Experts(\"8\", Active = 2, Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS7036", "[Experts(Active = 2, Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS0246", "[Experts(8, Activ = 2, Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS0182", "[Experts(8, Active = Layer.K, Dim = 64, Hidden = 32)] public partial class Layer { public static int K = 2; }")]
    [InlineData("CS0103", "[Experts(8, Active = Missing, Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS0103", "[Experts(8, Active = 2, Dim = 64, Hidden = 32), Gate(Sigmod)] public partial class Layer;")]
    [InlineData("CS1729", "[Experts(8, 2, Dim = 64, Hidden = 32)] public partial class Layer;")]
    [InlineData("CS0643", "[Experts(8, Active = 2, Active = 3, Dim = 64, Hidden = 32)] public partial class Layer;")]
    public async Task An_attribute_the_compiler_rejects_gets_its_members_and_no_second_error(string id, string source)
    {
        Assert.Equal(id, Assert.Single(await Compile.DiagnosticsAsync(source)).Id);
        Assert.NotEmpty(Compile.Generate(source));
    }

    [Fact]
    public async Task A_word_said_twice_in_two_parts_is_the_compilers_error_and_generates_once()
    {
        string[] source =
        [
            "[Experts(8, Active = 2, Dim = 64, Hidden = 32)] public partial class Layer;",
            "[Experts(4, Active = 2, Dim = 64, Hidden = 32)] public partial class Layer;",
        ];

        Assert.Equal("CS0579", Assert.Single(await Compile.DiagnosticsAsync(source)).Id);
        Assert.Contains("Layer.g.cs", Compile.Generate(source).Keys);
    }
}
