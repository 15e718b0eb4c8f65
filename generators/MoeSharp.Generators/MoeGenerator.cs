using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoeSharp.Generators.Diagnostics;
using MoeSharp.Generators.Emission;
using MoeSharp.Generators.Parsing;
using MoeSharp.Generators.Passes;
using MoeSharp.Generators.Spec;

namespace MoeSharp.Generators;

/// <summary>
/// The pipeline and nothing else: declared classes → <see cref="ModelSpec"/> → checked → source files. What is wrong with a declaration is
/// reported by <see cref="MoeAnalyzer"/>, which shares the parser and the checks; here it only decides what is emitted.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MoeGenerator : IIncrementalGenerator
{
    private const string Transformer = "MoeSharp.TransformerAttribute";
    private const string Experts = "MoeSharp.ExpertsAttribute";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        Register(context, context.SyntaxProvider.ForAttributeWithMetadataName(Transformer, IsClass, ParseModel), TrackingNames.Models);
        Register(context, context.SyntaxProvider.ForAttributeWithMetadataName(Experts, IsClass, ParseLayer), TrackingNames.Layers);
    }

    private static void Register(IncrementalGeneratorInitializationContext context, IncrementalValuesProvider<ModelSpec?> parsed, string name)
    {
        // What comes before the Check step costs little and runs on every edit; what comes after runs only where a spec changed.
        IncrementalValuesProvider<CheckedModel> models = parsed
            .WithTrackingName(name)
            .Where(spec => spec is { Type.CanBeExtended: true })
            .Select((spec, _) => new CheckedModel(spec!, IsSound(spec!)))
            .WithTrackingName(TrackingNames.Check);
        context.RegisterSourceOutput(models, Emit);
    }

    // Syntax alone: this runs on every class with a matching attribute name at every key stroke.
    private static bool IsClass(SyntaxNode node, CancellationToken cancellation) => node is ClassDeclarationSyntax;

    private static ModelSpec? ParseModel(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        IsFirst(context, cancellation) ? ModelParser.Parse((INamedTypeSymbol)context.TargetSymbol, cancellation) : null;

    // A class with both words is a model, which the other branch yields.
    private static ModelSpec? ParseLayer(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        IsFirst(context, cancellation) && ModelParser.Parse((INamedTypeSymbol)context.TargetSymbol, cancellation) is { IsLayer: true } spec ? spec : null;

    /// <summary>A word repeated on another part of the class is the compiler's error; two outputs of one name would drop every output.</summary>
    private static bool IsFirst(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        INamedTypeSymbol? word = context.Attributes[0].AttributeClass;
        SyntaxReference? first = context.TargetSymbol.GetAttributes()
            .First(attribute => SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, word))
            .ApplicationSyntaxReference;
        return first?.GetSyntax(cancellation).FirstAncestorOrSelf<ClassDeclarationSyntax>() == context.TargetNode;
    }

    private static bool IsSound(ModelSpec spec) =>
        !spec.HasCompilerErrors && Check.Run(spec).All(finding => Descriptors.Get(finding.Id).DefaultSeverity != DiagnosticSeverity.Error);

    private static void Emit(SourceProductionContext context, CheckedModel model)
    {
        foreach (GeneratedFile file in model.IsSound ? ModelCompiler.Compile(model.Spec) : ModelCompiler.CompileStub(model.Spec))
        {
            context.AddSource(file.HintName, file.Text);
        }
    }

    /// <summary>The value the expensive stages are cached by. Warnings are left out: they change nothing that is emitted.</summary>
    private sealed record CheckedModel(ModelSpec Spec, bool IsSound);
}
