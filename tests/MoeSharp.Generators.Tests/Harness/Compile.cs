extern alias library;

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using MoeSharp.Generators.Diagnostics;

namespace MoeSharp.Generators.Tests.Harness;

/// <summary>Compiles source text as a user's project would: C# 12, nullable, the library, the language's usings, the generator, the analyzer.</summary>
internal static class Compile
{
    public static readonly CSharpParseOptions Options = new(LanguageVersion.CSharp12);

    private const string Usings = """
        global using System;
        global using MoeSharp;
        global using static MoeSharp.DropOrder;
        global using static MoeSharp.GateKind;
        global using static MoeSharp.ActivationKind;
        global using static MoeSharp.GroupScore;
        global using static MoeSharp.Precision;
        global using static MoeSharp.BalanceDialect;
        global using static MoeSharp.BiasUpdate;
        global using static MoeSharp.RecomputeKind;
        """;

    private static readonly ImmutableArray<MetadataReference> References = [.. ReferencedFiles().Select(file => MetadataReference.CreateFromFile(file))];

    public static CSharpCompilation Source(params string[] files) => CSharpCompilation.Create(
        "User",
        files.Prepend(Usings).Select((text, i) => Parse(text, $"File{i}.cs")),
        References,
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

    public static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(text, Options, path);

    /// <summary>A driver that remembers why each step ran.</summary>
    public static GeneratorDriver Driver() => CSharpGeneratorDriver.Create(
        [new MoeGenerator().AsSourceGenerator()],
        parseOptions: Options,
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    /// <summary>The generated files of some source, by hint name.</summary>
    public static ImmutableSortedDictionary<string, string> Generate(params string[] files)
    {
        GeneratorRunResult result = Driver().RunGenerators(Source(files)).GetRunResult().Results.Single();
        Assert.Null(result.Exception);
        return result.GeneratedSources.ToImmutableSortedDictionary(file => file.HintName, file => file.SourceText.ToString(), StringComparer.Ordinal);
    }

    /// <summary>What the user sees: the compiler's errors over source and generated code, and the analyzer's diagnostics.</summary>
    public static async Task<ImmutableArray<Diagnostic>> DiagnosticsAsync(params string[] files)
    {
        Driver().RunGeneratorsAndUpdateCompilation(Source(files), out Compilation compilation, out ImmutableArray<Diagnostic> driver);
        CompilationWithAnalyzers analysis = compilation.WithAnalyzers([new MoeAnalyzer()]);
        ImmutableArray<Diagnostic> analyzer = await analysis.GetAnalyzerDiagnosticsAsync();
        return [.. driver, .. compilation.GetDiagnostics().Where(found => found.Severity == DiagnosticSeverity.Error), .. analyzer];
    }

    /// <summary>The framework, the library with the package that its kernels bring along, and whichever torch the tests were built with.</summary>
    private static IEnumerable<string> ReferencedFiles()
    {
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] packages = ["System.Numerics.Tensors.dll", "TorchBridge.dll", "TorchSharp.dll"];
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == framework)
            .Append(typeof(library::MoeSharp.TransformerAttribute).Assembly.Location)
            .Concat(packages.Select(file => Path.Combine(AppContext.BaseDirectory, file)).Where(File.Exists));
    }
}
