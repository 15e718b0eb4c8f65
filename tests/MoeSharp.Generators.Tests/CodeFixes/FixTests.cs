using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using MoeSharp.CodeFixes;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.CodeFixes;

public sealed class FixTests
{
    private const string Words = "[Experts(8, Active = 2, Dim = 64, Hidden = 32)]";

    [Theory]
    [InlineData("public class Layer;", "public partial class Layer;")]
    [InlineData("\n// What it is for.\nclass Layer { }\n", "\n// What it is for.\npartial class Layer { }\n")]
    [InlineData("\n    public sealed class Layer\n    {\n    }\n", "\n    public sealed partial class Layer\n    {\n    }\n")]
    public Task A_class_is_made_partial(string before, string after) => AssertFix(new MakePartialFix(), "MOE0001", Words + before, Words + after);

    [Theory]
    [InlineData("MOE0201", "[Experts(8, Active = 9 /* all */, Dim = 64, Hidden = 32)]", "[Experts(8, Active = 8 /* all */, Dim = 64, Hidden = 32)]")]
    [InlineData("MOE0204", Words + "[Gate(Sigmoid, Groups = 2, TopGroups = 3)]", Words + "[Gate(Sigmoid, Groups = 2, TopGroups = 2)]")]
    [InlineData("MOE0205", "[Experts(8, Active = 3, Dim = 4, Hidden = 4), Gate(Sigmoid, Groups = 4, TopGroups = 1)]", "[Experts(8, Active = 2, Dim = 4, Hidden = 4), Gate(Sigmoid, Groups = 4, TopGroups = 1)]")]
    public Task A_count_is_lowered_to_the_most_there_can_be(string id, string before, string after) =>
        AssertFix(new ClampFix(), id, before + "\npublic partial class Layer;", after + "\npublic partial class Layer;");

    [Theory]
    [InlineData("MOE0105", ", Context = 8)][Experts(8, Active = 2, Hidden = 32, Dim = 128)]", ", Context = 8)][Experts(8, Active = 2, Hidden = 32)]")]
    [InlineData("MOE0108", ", DenseLayers = 1, Context = 8)]", ", Context = 8)]")]
    public Task An_argument_that_cannot_stand_is_dropped(string id, string before, string after)
    {
        const string Start = "[Attention(Heads = 4)][Transformer(Vocab = 256, Dim = 64, Layers = 4";
        return AssertFix(new RemoveArgumentFix(), id, $"{Start}{before}\npublic partial class Model;", $"{Start}{after}\npublic partial class Model;");
    }

    private static async Task AssertFix(CodeFixProvider fix, string id, string before, string after)
    {
        CSharpCompilation compilation = Compile.Source(before);
        using var workspace = new AdhocWorkspace();
        Project project = workspace.AddProject("User", LanguageNames.CSharp)
            .WithMetadataReferences(compilation.References)
            .WithParseOptions(Compile.Options)
            .WithCompilationOptions(compilation.Options);
        project = project.AddDocument("Usings.cs", await compilation.SyntaxTrees[0].GetTextAsync()).Project;
        Document document = project.AddDocument("File.cs", before);

        Diagnostic diagnostic = Assert.Single(await FoundAsync(document));
        Assert.Equal(id, diagnostic.Id);
        var actions = new List<CodeAction>();
        await fix.RegisterCodeFixesAsync(new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        ImmutableArray<CodeActionOperation> operations = await Assert.Single(actions).GetOperationsAsync(CancellationToken.None);
        Document changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution.GetDocument(document.Id)!;

        Assert.Equal(after, (await changed.GetTextAsync()).ToString());
        Assert.DoesNotContain(await FoundAsync(changed), found => found.Id == id);
        Assert.NotNull(fix.GetFixAllProvider());
    }

    private static async Task<ImmutableArray<Diagnostic>> FoundAsync(Document document) =>
        await (await document.Project.GetCompilationAsync())!.WithAnalyzers([new MoeAnalyzer()]).GetAnalyzerDiagnosticsAsync();
}
