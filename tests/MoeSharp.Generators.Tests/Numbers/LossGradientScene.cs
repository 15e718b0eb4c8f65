extern alias library;

using System.Reflection;
using library::MoeSharp.Modules;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Parsing;
using MoeSharp.Generators.Spec;
using MoeSharp.Generators.Tests.Harness;
using TorchSharp;
using static TorchSharp.torch;

namespace MoeSharp.Generators.Tests.Numbers;

/// <summary>
/// Every declaration of <see cref="LossGradientCases"/> as a class, and those that say that their one loss has no gradient too: what the checks reject for
/// that alone is compiled in spite of them.
/// </summary>
internal static class LossGradientScene
{
    /// <summary>What says that a loss has no gradient.</summary>
    public static readonly string[] WithoutGradient = ["MOE0406", "MOE0416"];

    private static readonly Lazy<IReadOnlyDictionary<string, Declaration>> s_declarations = new(Declare);
    private static readonly Lazy<Assembly> s_layers = new(Emit);

    public static IReadOnlyDictionary<string, Declaration> Declarations => s_declarations.Value;

    /// <summary>The largest entry of the loss's gradient by any weight, over three draws of weights and input; nothing comes from above.</summary>
    public static double Largest(string words)
    {
        Type type = s_layers.Value.GetType(Declarations[words].Spec.Type.Name)!;
        return Enumerable.Range(1, 3).Max(seed => Largest(type, seed));
    }

    private static double Largest(Type type, int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using var layer = (MoeLayer)Activator.CreateInstance(type)!;
        using var generator = new Generator((ulong)seed, CPU);
        layer.to(ScalarType.Float64);
        layer.Lowering = Lowering.Kernels;
        Tensor[] weights = [.. layer.Parameters.Layout.Select(info => layer.get_parameter(info.Name)!)];
        using (no_grad())
        {
            foreach (Tensor weight in weights)
            {
                weight.copy_(randn(weight.shape, dtype: ScalarType.Float64, generator: generator));
            }
        }

        Tensor input = randn([3, 7, layer.Dim], dtype: ScalarType.Float64, generator: generator);
        (layer.forward(input.requires_grad_(true)) * 0).sum().backward();
        return weights.Max(weight => weight.grad!.abs().max().item<double>());
    }

    private static IReadOnlyDictionary<string, Declaration> Declare()
    {
        string[] words = [.. LossGradientCases.All];
        INamespaceSymbol types = Compile.Source([.. words.Select((text, i) => $"{text} public partial class Layer{i};")]).Assembly.GlobalNamespace;
        return words.Select((text, i) => (Text: text, Spec: ModelParser.Parse(types.GetTypeMembers($"Layer{i}").Single(), CancellationToken.None)))
            .ToDictionary(each => each.Text, each => new Declaration(each.Spec, [.. Findings.Of(each.Spec)
                .Where(finding => Descriptors.Get(finding.Id).DefaultSeverity == DiagnosticSeverity.Error)
                .Select(finding => finding.Id)]));
    }

    private static Assembly Emit()
    {
        var wanted = Declarations.Where(pair => pair.Value.Errors.All(WithoutGradient.Contains)).ToList();
        CSharpCompilation compilation = Compile.Source(
        [
            .. wanted.Select(pair => $"{pair.Key} public partial class {pair.Value.Spec.Type.Name};"),
            .. wanted.SelectMany(pair => ModelCompiler.Compile(pair.Value.Spec)).Select(file => file.Text),
        ]);
        using var stream = new MemoryStream();
        EmitResult result = compilation.Emit(stream);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error).Take(5)));
        return Assembly.Load(stream.ToArray());
    }

    /// <summary>A declaration and the errors in it.</summary>
    internal sealed record Declaration(ModelSpec Spec, string[] Errors);
}
