using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Snapshots;

/// <summary>The generated code of every sample, as it was reviewed. That it compiles is <see cref="CompilationTests"/>' concern.</summary>
public sealed class GeneratedCodeTests
{
    public static TheoryData<string> Names => Samples.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void The_code_is_as_reviewed(string name)
    {
        var files = Compile.Generate(Samples.Sources[name]);

        Assert.Equal([$"{name}.Kernels.g.cs", $"{name}.Torch.g.cs", $"{name}.g.cs"], files.Keys);
        Assert.All(files, file => Snapshot.Verify(file.Value, file.Key[..^".g.cs".Length]));
    }

    [Fact]
    public void A_declaration_with_an_error_gets_its_members_and_no_program()
    {
        var file = Assert.Single(Compile.Generate(Samples.WithAnError));

        Assert.Equal("WithAnError.g.cs", file.Key);
        Snapshot.Verify(file.Value, "WithAnError");
    }

    /// <summary>What a reader of a review tool sees: no line that has to be scrolled for, no trailing space.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void No_line_is_longer_than_150_characters_or_ends_in_space(string name) => Assert.Empty(
        from file in Compile.Generate(Samples.Sources[name])
        from line in file.Value.Split('\n')
        where line.Length > 150 || line.EndsWith(' ')
        select $"{file.Key}: {line}");
}
