using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using MoeSharp.Generators.Tests.Harness;

namespace MoeSharp.Generators.Tests.Snapshots;

/// <summary>The generated code of all samples compiles in whatever project a user has: C# 12, without a warning.</summary>
public sealed class CompilationTests
{
    /// <summary>Names that the generated code uses, as types of the user's.</summary>
    private const string Types = """
        class Gemm; class Matrix; class Tensor; class Experts; class Scores; class TopK; class Attention; class Rope; class Pass; class Workers;
        class TorchOps; class Scalars; class FlatModule; class ParameterLayout; class KernelProgram; class TorchProgram; class LayerWeights;
        class Span; class Math; class List; class TensorPrimitives; class LayerProgram; class ModelCard; class Trainer;
        """;

    private const string TorchUsings = """
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        """;

    private static readonly string[] All = [.. Samples.Sources.Values];

    [Theory]
    [InlineData(NullableContextOptions.Enable, false)]
    [InlineData(NullableContextOptions.Disable, false)]
    [InlineData(NullableContextOptions.Enable, true)]
    public void In_any_project(NullableContextOptions nullable, bool allowUnsafe) => AssertCompiles(
        Compile.Source(All).WithOptions(new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, allowUnsafe: allowUnsafe, nullableContextOptions: nullable, warningLevel: 9999)));

    [Fact]
    public void With_checked_arithmetic() => AssertCompiles(
        Compile.Source(All).WithOptions(new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, checkOverflow: true, nullableContextOptions: NullableContextOptions.Enable)));

    [Fact]
    public void Beside_types_of_the_same_names_in_the_global_namespace() => AssertCompiles(Compile.Source([.. All, Types]));

    [Fact]
    public void Beside_types_and_namespaces_of_the_same_names_in_the_models_own_namespace() => AssertCompiles(Compile.Source(
        [
            .. All.Select(source => "namespace Shop.MoeSharp.Models;\n" + source),
            $"namespace Shop.MoeSharp.Models {{ class System; class MoeSharp; class TorchSharp; {Types} }}",
            "namespace Shop.System { class Span; } namespace Shop.TorchSharp { class Tensor; } namespace Shop.MoeSharp.Runtime { class Matrix; }",
        ]));

    /// <summary>There <c>Sigmoid</c>, <c>Softmax</c> and <c>Activations</c> are something else too, so these words take their full names.</summary>
    [Fact]
    public void In_a_file_with_TorchSharps_usings() => AssertCompiles(Compile.Source(
        [.. All.Select(source => TorchUsings + source.Replace("Gate(", "Gate(GateKind.").Replace("Recompute(", "Recompute(RecomputeKind."))]));

    /// <summary>Two names that become one where every other sign is an underscore.</summary>
    [Fact]
    public void Beside_a_model_whose_full_name_differs_in_a_dot_alone() => AssertCompiles(Compile.Source(
        "namespace Shop { [Experts(8, Active = 2, Dim = 64, Hidden = 32)] public partial class Layer; }",
        "[Experts(8, Active = 2, Dim = 64, Hidden = 32)] public partial class Shop_Layer;"));

    [Fact]
    public void The_stub_adds_no_error_of_its_own() => AssertCompiles(Compile.Source(
        Samples.WithAnError,
        Samples.Sources["SmallTransformer"].Replace("Active = 2", "Active = 9") + "\nclass User { object Use() => new SmallTransformer().CreateTrainer(null!); }"));

    /// <summary>The check itself can fail: a warning in a user's file is found.</summary>
    [Fact]
    public void A_warning_is_found() => Assert.Contains(Problems(Compile.Source("class C { int _unused; }")), problem => problem.Id == "CS0169");

    private static void AssertCompiles(CSharpCompilation compilation) => Assert.Empty(Problems(compilation));

    private static ImmutableArray<Diagnostic> Problems(CSharpCompilation compilation)
    {
        Compile.Driver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation withGenerated, out ImmutableArray<Diagnostic> driver);
        Assert.True(withGenerated.SyntaxTrees.Count() >= compilation.SyntaxTrees.Length);
        return [.. driver, .. withGenerated.GetDiagnostics().Where(found => found.Severity >= DiagnosticSeverity.Warning)];
    }
}
