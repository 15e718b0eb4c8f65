extern alias generators;

using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace MoeSharp.Benchmarks.SideBySide.Work;

/// <summary>A project of declared models in memory, and the generator as an editor runs it.</summary>
internal sealed class GeneratorRun
{
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.CSharp12);

    private readonly bool _generates;
    private SyntaxTree _other;
    private SyntaxTree _first;
    private CSharpCompilation _compilation;
    private GeneratorDriver _driver;
    private int _edits;

    /// <summary>Makes the project; nothing is generated yet.</summary>
    /// <param name="models">How many classes declare a model.</param>
    /// <param name="generator">Another generator than ours, to compare with.</param>
    public GeneratorRun(int models, IIncrementalGenerator? generator = null)
    {
        _generates = generator is null;
        _other = Parse(Other(0));
        _first = Parse(Model(0, 3));
        _compilation = CSharpCompilation.Create(
            "User",
            [Parse("global using MoeSharp; global using static MoeSharp.GateKind;"), _other, _first, .. Enumerable.Range(1, models - 1).Select(model => Parse(Model(model, 3)))],
            ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
                .Where(file => !file.EndsWith("MoeSharp.Generators.dll", StringComparison.Ordinal))
                .Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        _driver = CSharpGeneratorDriver.Create(
            [(generator ?? new generators::MoeSharp.Generators.MoeGenerator()).AsSourceGenerator()],
            parseOptions: s_options);
    }

    /// <summary>Seconds of a first run.</summary>
    public double Cold() => Run();

    /// <summary>Seconds after an edit inside a method of a class that declares nothing.</summary>
    public double AfterAnEdit()
    {
        _other = Replaced(_other, Other(++_edits));
        return Run();
    }

    /// <summary>Seconds after an argument of one model has changed.</summary>
    public double AfterADeclaration()
    {
        _first = Replaced(_first, Model(0, 2 + (++_edits % 3)));
        return Run();
    }

    private static SyntaxTree Parse(string text) => CSharpSyntaxTree.ParseText(text, s_options);

    private static string Other(int edit) => $"public static class Other {{ public static int Answer() => {edit}; }}";

    private static string Model(int number, int active) => $"""
        [Transformer(Vocab = 256, Dim = 128, Layers = 4, DenseLayers = 1, Context = 256)]
        [Attention(Heads = 4, KvHeads = 2)]
        [Experts(16, Active = {active}, Shared = 1, Hidden = 96)]
        [Gate(Sigmoid, Groups = 4, TopGroups = 2, Scale = 2.5)]
        [BalanceBias(Rate = 0.005)]
        [SequenceBalance(0.0001)]
        public partial class Model{number};
        """;

    private double Run()
    {
        var watch = Stopwatch.StartNew();
        _driver = _driver.RunGenerators(_compilation);
        var seconds = watch.Elapsed.TotalSeconds;
        var result = _driver.GetRunResult().Results.Single();
        return result.Exception is null && (result.GeneratedSources.Length > 0 || !_generates)
            ? seconds
            : throw new InvalidOperationException("The generator made nothing.", result.Exception);
    }

    private SyntaxTree Replaced(SyntaxTree tree, string text)
    {
        var changed = tree.WithChangedText(SourceText.From(text));
        _compilation = _compilation.ReplaceSyntaxTree(tree, changed);
        return changed;
    }
}
